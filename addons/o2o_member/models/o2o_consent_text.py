from odoo import api, fields, models
from odoo.exceptions import UserError

CONSENT_PURPOSES = [
    ("terms", "Terms of membership"),
    ("privacy", "Handling of personal data"),
    ("marketing", "Offers and news"),
]

#: written by the buttons alone
_SERVER_ONLY = ("state", "date_published", "version")
#: what a published text keeps; only that a newer one took its place may be noted
_FROZEN = ("purpose", "version", "body", "date_published")


class O2oConsentText(models.Model):
    """What members agree to (MEM-05). One text per purpose is current.

    A text is edited while it is a draft. Once published, members may have read it and
    agreed to it, so it stays as it is; a change is a new version. The texts speak for
    the whole shop and belong to no company, like the members.
    """

    _name = "o2o.consent.text"
    _description = "Consent Text"
    _order = "purpose, version desc"

    purpose = fields.Selection(CONSENT_PURPOSES, required=True)
    version = fields.Integer(readonly=True, copy=False)
    body = fields.Html(string="Text", required=True, translate=True)
    state = fields.Selection(
        [("draft", "Draft"), ("current", "Current"), ("old", "Replaced")],
        string="Status",
        required=True,
        readonly=True,
        default="draft",
        copy=False,
    )
    date_published = fields.Date(string="Published", readonly=True, copy=False)

    _version_uniq = models.UniqueIndex(
        "(purpose, version)", "This purpose has a text of that version already."
    )
    _current_uniq = models.UniqueIndex(
        "(purpose) WHERE state = 'current'", "A purpose has one current text."
    )

    @api.depends("purpose", "version")
    def _compute_display_name(self):
        names = dict(self._fields["purpose"]._description_selection(self.env))
        for text in self:
            text.display_name = self.env._(
                "%(purpose)s, version %(version)s",
                purpose=names.get(text.purpose, ""),
                version=text.version,
            )

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        versioned = []
        for vals in vals_list:
            self._ensure_server_writes(vals)
            if "version" not in vals and vals.get("purpose"):
                vals = {**vals, "version": self._next_version(vals["purpose"])}
            versioned.append(vals)
        return super().create(versioned)

    def write(self, vals):
        self._ensure_server_writes(vals)
        if any(name in vals for name in _FROZEN):
            self._ensure_draft()
        return super().write(vals)

    def _update_field_translations(self, field_name, translations, *args, **kwargs):
        if field_name in _FROZEN:
            self._ensure_draft()
        return super()._update_field_translations(
            field_name, translations, *args, **kwargs
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_published(self):
        self._ensure_draft()

    def _ensure_server_writes(self, vals):
        """A published text does not become a draft again through RPC."""
        if not self.env.su and any(name in vals for name in _SERVER_ONLY):
            raise UserError(self.env._("Use the button to publish a text."))

    def _ensure_draft(self):
        if any(text.state != "draft" for text in self):
            raise UserError(
                self.env._(
                    "A published text stays as members have read it. Make a new "
                    "version instead."
                )
            )

    # === actions ===

    def action_publish(self):
        """Make a draft the text that members agree to from now on."""
        self.ensure_one()
        self.check_access("write")
        text_sudo = self.sudo()  # checked above; nobody else writes the state
        if text_sudo.state == "draft":
            text_sudo.date_published = fields.Date.context_today(self)
            text_sudo._current(text_sudo.purpose).state = "old"
            text_sudo.flush_model()
            text_sudo.state = "current"

    def action_new_version(self):
        self.ensure_one()
        draft = self.search(
            [("purpose", "=", self.purpose), ("state", "=", "draft")], limit=1
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": (draft or self.copy()).id,
            "views": [(False, "form")],
        }

    # === business methods ===

    @api.model
    def _current(self, purpose):
        """The text in force, or an empty recordset."""
        return self.search([("purpose", "=", purpose), ("state", "=", "current")])

    @api.model
    def _next_version(self, purpose):
        last = self.search([("purpose", "=", purpose)], order="version desc", limit=1)
        return last.version + 1
