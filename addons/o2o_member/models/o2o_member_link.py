import secrets

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.fields import Domain
from odoo.tools import mute_logger

# no vowels: no words; no 0, 1, l: nothing to misread
_ALPHABET = "23456789bcdfghjkmnpqrstvwxz"
_CODE_LENGTH = 10


class O2oMemberLink(models.Model):
    """A link a member passes on: to invite friends (PTS-03), or to share (PTS-04).

    The code says nothing about the member. Ten of 27 characters are 47 bits: whoever
    wants to try codes out finds none in a lifetime, and a code found gives nothing.
    """

    _name = "o2o.member.link"
    _description = "Member Link"
    _order = "id desc"
    _rec_name = "code"

    code = fields.Char(
        required=True, readonly=True, default=lambda self: self._new_code()
    )
    kind = fields.Selection(
        [("referral", "Invitation"), ("share", "Share")], required=True, readonly=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Member",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    product_tmpl_id = fields.Many2one(
        "product.template",
        string="Product",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        help="What is shared; the shop when empty.",
    )
    address_hash = fields.Char(
        readonly=True,
        groups="base.group_system",
        help="Where the member was last seen with this link.",
    )
    visit_ids = fields.One2many("o2o.member.link.visit", "link_id", readonly=True)

    _code_uniq = models.UniqueIndex("(code)", "This code is in use.")
    _target_uniq = models.UniqueIndex(
        "(partner_id, company_id, kind, COALESCE(product_tmpl_id, 0))",
        "A member has one link for each thing shared.",
    )

    @api.model
    def _new_code(self):
        return "".join(secrets.choice(_ALPHABET) for _at in range(_CODE_LENGTH))

    @api.model
    def _link_of(self, partner, kind, product=None, address=None):
        """The link of a member in the current company, in sudo; made when missing.

        :param product: ``product.template`` to share
        :param str address: where the member is now: visits from there do not count
        """
        # sudo: members have no access to links; this one is theirs
        links_sudo = self.sudo()
        link_sudo = links_sudo.search(
            Domain("partner_id", "=", partner.id)
            & Domain("company_id", "=", self.env.company.id)
            & Domain("kind", "=", kind)
            & Domain("product_tmpl_id", "=", product.id if product else False),
            limit=1,
        )
        address_hash = links_sudo._hash_address(address)
        if not link_sudo:
            try:
                with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                    link_sudo = links_sudo.create(
                        {
                            "partner_id": partner.id,
                            "company_id": self.env.company.id,
                            "kind": kind,
                            "product_tmpl_id": product.id if product else False,
                            "address_hash": address_hash,
                        }
                    )
            except UniqueViolation as error:
                # made by a parallel request: replay this one
                raise ConcurrencyError("link made in parallel") from error
        if address_hash and link_sudo.address_hash != address_hash:
            link_sudo.address_hash = address_hash
        return link_sudo

    @api.model
    def _find(self, code):
        """The link with a code, in the current company, in sudo; empty when unknown."""
        # sudo: whoever holds the code may follow it
        links_sudo = self.sudo()
        if not isinstance(code, str) or len(code) != _CODE_LENGTH:
            return links_sudo.browse()
        return links_sudo.search(
            Domain("code", "=", code) & Domain("company_id", "=", self.env.company.id)
        )

    @api.model
    def _hash_address(self, address):
        return self.env["o2o.card"]._hash("visitor", address) if address else False

    def _path(self):
        """Path to pass on; the website puts its domain before it."""
        self.ensure_one()
        return f"/o2o/r/{self.code}"

    def _is_own_address(self, address_hash):
        """Whether the member was seen at this address with any of the links."""
        self.ensure_one()
        return bool(address_hash) and bool(
            self.search_count(
                Domain("partner_id", "=", self.partner_id.id)
                & Domain("address_hash", "=", address_hash),
                limit=1,
            )
        )
