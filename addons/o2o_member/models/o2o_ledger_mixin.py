from odoo import api, fields, models
from odoo.exceptions import UserError


class O2oLedgerMixin(models.AbstractModel):
    """A row of a ledger: written once by the ledger's own methods, never changed, never
    deleted. It knows the posting that it is, the document behind it, and who did it.

    The database has to refuse changes as well: ``tools/append_only.py``.
    """

    _name = "o2o.ledger.mixin"
    _description = "Rows of a Ledger"
    _order = "id desc"
    _rec_name = "key"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="restrict"
    )
    posted_at = fields.Datetime(
        string="Time", required=True, readonly=True, default=fields.Datetime.now
    )
    key = fields.Char(
        string="Idempotency Key",
        required=True,
        readonly=True,
        help="Posting the same key again returns this entry and changes nothing.",
    )
    res_model = fields.Char(string="Source Model", readonly=True)
    res_id = fields.Many2oneReference(
        string="Source", model_field="res_model", readonly=True
    )
    actor_id = fields.Many2one(
        "res.users", string="By", required=True, readonly=True, ondelete="restrict"
    )
    reason = fields.Char(readonly=True)

    # === CRUD: append only === #

    def _is_posting(self):
        """Whether a method of the ledger is at work."""
        raise NotImplementedError

    @api.model_create_multi
    def create(self, vals_list):
        if not self._is_posting():
            raise UserError(
                self.env._("Rows of a ledger are posted by its own methods only.")
            )
        return super().create(vals_list)

    def write(self, vals):
        if vals:
            raise UserError(
                self.env._("Rows of a ledger cannot be changed. Reverse them instead.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ledger(self):
        raise UserError(
            self.env._("Rows of a ledger cannot be deleted. Reverse them instead.")
        )

    # === THE DOCUMENT === #

    @api.model
    def _prepare_source_vals(self, source):
        """:param source: the record that causes a posting, or None"""
        return {
            "res_model": source._name if source else False,
            "res_id": source.id if source else False,
        }

    def _source(self):
        """The document behind a row, or None when it is gone."""
        self.ensure_one()
        if not self.res_model or self.res_model not in self.env:
            return None
        return self.env[self.res_model].browse(self.res_id).exists() or None

    def action_view_source(self):
        self.ensure_one()
        source = self._source()
        if not source:
            raise UserError(self.env._("The source document no longer exists."))
        return {
            "type": "ir.actions.act_window",
            "res_model": source._name,
            "res_id": source.id,
            "views": [(False, "form")],
        }
