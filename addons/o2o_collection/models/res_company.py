from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

#: codes of the journals
_COURIER_CODE, _CARD_CODE = "DOOR", "DOORC"
#: where the number of the account of slips begins: other receivables
_CARD_ACCOUNT_CODE = "122100"


class ResCompany(models.Model):
    """Money of the door in the books.

    Cash that a courier has is in a cash journal of its own until the till has it; a
    slip of a bank card is a receivable until the bank pays.
    """

    _inherit = "res.company"

    o2o_door_hours = fields.Integer(
        string="Hours at the Door",
        default=24,
        help="After so many hours a collection is overdue, and so is money that a"
        " courier has not handed over. 0: never",
    )
    o2o_door_proof_required = fields.Boolean(
        string="Proof at the Door",
        default=True,
        help="The customer signs on the courier's phone, or a photo is taken",
    )
    o2o_courier_journal_id = fields.Many2one(
        "account.journal",
        string="Cash with Couriers",
        domain=[("type", "=", "cash")],
        check_company=True,
        ondelete="restrict",
    )
    o2o_door_card_journal_id = fields.Many2one(
        "account.journal",
        string="Card Slips of Couriers",
        domain=[("type", "=", "bank")],
        check_company=True,
        ondelete="restrict",
    )

    _o2o_door_hours_positive = models.Constraint(
        "CHECK (o2o_door_hours >= 0)", "Hours are not negative."
    )

    @api.constrains("o2o_courier_journal_id", "o2o_door_card_journal_id")
    def _check_o2o_door_journals(self):
        for company in self:
            kinds = (company.o2o_courier_journal_id.type or "cash", "cash")
            cards = (company.o2o_door_card_journal_id.type or "bank", "bank")
            if kinds[0] != kinds[1] or cards[0] != cards[1]:
                raise ValidationError(
                    self.env._(
                        "Cash with couriers is a cash journal, card slips are a bank"
                        " journal."
                    )
                )

    def _o2o_door_setup(self):
        """Journals for the money of couriers; safe to repeat. Companies without a chart
        of accounts are left alone."""
        for company in self.filtered("chart_template"):
            # sudo: called at installation, by jobs, and by who may change the settings
            company_sudo = company.sudo().with_company(company)
            if not company_sudo.o2o_courier_journal_id:
                company_sudo._o2o_door_create_courier_journal()
            if not company_sudo.o2o_door_card_journal_id:
                company_sudo._o2o_door_create_card_journal()

    def _o2o_door_create_courier_journal(self):
        journal = self.env["account.journal"].create(
            {
                "name": self.env._("Cash with couriers"),
                "code": _COURIER_CODE,
                "type": "cash",
                "company_id": self.id,
            }
        )
        # no detour over an account of what is outstanding: the courier has it
        journal.inbound_payment_method_line_ids.payment_account_id = (
            journal.default_account_id
        )
        self.o2o_courier_journal_id = journal

    def _o2o_door_create_card_journal(self):
        accounts = self.env["account.account"]
        account = accounts.create(
            {
                "name": self.env._("Bank cards charged at the door"),
                "code": accounts._search_new_account_code(_CARD_ACCOUNT_CODE),
                "account_type": "asset_current",
                "reconcile": True,
                "company_ids": [(6, 0, self.root_id.ids)],
            }
        )
        journal = self.env["account.journal"].create(
            {
                "name": self.env._("Card slips of couriers"),
                "code": _CARD_CODE,
                "type": "bank",
                "company_id": self.id,
            }
        )
        journal.inbound_payment_method_line_ids.payment_account_id = account
        self.o2o_door_card_journal_id = journal

    def _o2o_get_door_line(self, way):
        """The payment method line for what was taken at a door; empty without books.

        :param str way: ``cash`` or ``card``
        """
        self.ensure_one()
        self._o2o_door_setup()
        # sudo: couriers and cashiers read no journals
        company_sudo = self.sudo()
        journal_sudo = (
            company_sudo.o2o_courier_journal_id
            if way == "cash"
            else company_sudo.o2o_door_card_journal_id
        )
        return journal_sudo.inbound_payment_method_line_ids[:1]

    def action_o2o_door_setup(self):
        """The button of the settings.

        :raises UserError: there is no chart of accounts yet
        """
        self.check_access("write")
        if not all(self.mapped("chart_template")):
            raise UserError(
                self.env._("Please choose a chart of accounts for the company first.")
            )
        self._o2o_door_setup()
