from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..const import WALLET_CONTEXT, is_writer


class O2oWalletTopup(models.Model):
    """Money on its way into a wallet: a document of its own, no sale of goods.

    It is paid by a transaction of a payment provider, or at a till. The wallet gets the
    money, and the bonus, when the money is there; only ``_mark_*`` methods write
    ``state``.
    """

    _name = "o2o.wallet.topup"
    _description = "Wallet Top-up"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(string="Number", required=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Member",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="restrict"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(required=True, readonly=True)
    bonus = fields.Monetary(readonly=True, help="What was given when the money came.")
    refunded_amount = fields.Monetary(
        string="Refunded",
        readonly=True,
        default=0.0,
        help="What went back to the payer.",
    )
    campaign_id = fields.Many2one(
        "o2o.wallet.campaign",
        readonly=True,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    state = fields.Selection(
        [
            ("draft", "Not Paid"),
            ("done", "In the Wallet"),
            ("refunded", "Refunded"),
            ("problem", "Needs a Decision"),
            ("cancelled", "Cancelled"),
        ],
        string="Status",
        required=True,
        readonly=True,
        default="draft",
        index=True,
    )
    problem = fields.Char(readonly=True)
    done_at = fields.Datetime(string="Paid At", readonly=True)
    entry_id = fields.Many2one(
        "o2o.wallet.entry",
        string="Wallet Entry",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    transaction_ids = fields.One2many(
        "payment.transaction", "o2o_wallet_topup_id", readonly=True
    )
    transaction_id = fields.Many2one(
        "payment.transaction",
        string="Paid By",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )

    _amount_positive = models.Constraint(
        "CHECK (amount > 0 AND refunded_amount >= 0 AND refunded_amount <= amount)",
        "A top-up is above zero, and no more goes back than came.",
    )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        self._refuse_strangers()
        return super().create(vals_list)

    def write(self, vals):
        self._refuse_strangers()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_log(self):
        raise UserError(self.env._("Top-ups are kept. Cancel it instead."))

    def _refuse_strangers(self):
        if not is_writer(self.env):
            raise UserError(self.env._("Top-ups change when money moves only."))

    def _writer(self):
        """These, as the code that may change them sees them, in sudo."""
        return self.sudo().with_context(**WALLET_CONTEXT)

    # === BEGIN === #

    @api.model
    def _begin(self, partner, amount, **vals):
        """A top-up of a member in the current company, not paid yet.

        :raises UserError: not a member, frozen, nothing, or above the cap
        """
        wallet = self.env["o2o.wallet"]._open(partner)
        units = wallet._positive(amount)
        wallet._ensure_in_use()
        campaign = self.env["o2o.wallet.campaign"]._for_amount(partner, amount)
        wallet._ensure_room(units + wallet._minor(campaign.bonus))
        return self._new(partner, wallet._major(units), **vals)

    @api.model
    def _new(self, partner, amount, **vals):
        # sudo: made by the methods of this model only, after their checks
        return self._writer().create(
            {
                "name": self.env["ir.sequence"].sudo().next_by_code("o2o.wallet.topup"),
                "partner_id": partner.id,
                "company_id": self.env.company.id,
                "amount": amount,
                **vals,
            }
        )

    # === MONEY HAS COME === #

    def _receive(self, transaction):
        """A transaction has brought the money. When another one had already, in a
        second tab, or when it is not what was asked for, this is a top-up of its own:
        what has come goes into the wallet, neither less nor more."""
        self.ensure_one()
        self._wallet()._lock()
        topup = self._writer()
        topup.invalidate_recordset()
        is_taken = topup.pos_payment_id or (
            topup.transaction_id and topup.transaction_id != transaction
        )
        if is_taken or topup._is_of_another_amount(transaction):
            topup._mark_cancelled()
            topup = self.with_company(self.company_id)._new(
                topup.partner_id, transaction.amount
            )
            transaction.o2o_wallet_topup_id = topup
        if not topup.transaction_id:
            topup.transaction_id = transaction
        topup._mark_done()

    def _is_of_another_amount(self, transaction):
        return bool(self.currency_id.compare_amounts(transaction.amount, self.amount))

    def _mark_done(self, **details):
        """The money is there: put it, and the bonus of today, into the wallet.

        Silent when done before. Where the wallet cannot take it any more (cap, closed)
        the money waits for a person.
        """
        self.ensure_one()
        wallet = self._wallet()._lock()
        topup = self._writer()
        topup.invalidate_recordset()
        if topup.state in ("done", "refunded"):
            return
        campaign = self._campaign()
        until = (
            fields.Datetime.now() + timedelta(days=campaign.bonus_days)
            if campaign.bonus_days
            else False
        )
        try:
            with self.env.cr.savepoint():
                entry = wallet._top_up(
                    topup.amount - topup.refunded_amount,
                    f"{topup._name}/{topup.id}",
                    source=topup,
                    bonus=campaign.bonus,
                    bonus_until=until,
                    **details,
                )
        except UserError as error:
            topup.write({"state": "problem", "problem": str(error)})
            return
        topup.write(
            {
                "state": "done",
                "problem": False,
                "done_at": fields.Datetime.now(),
                "entry_id": entry.id,
                "campaign_id": campaign.id,
                "bonus": campaign.bonus,
            }
        )

    def _campaign(self):
        """Of the moment the money came: what a page promised minutes ago may be used
        up by the same member in another tab."""
        return (
            self.env["o2o.wallet.campaign"]
            .with_company(self.company_id)
            ._for_amount(
                self.partner_id.with_company(self.company_id),
                self.amount - self.refunded_amount,
            )
        )

    def _wallet(self):
        wallets = self.env["o2o.wallet"].with_company(self.company_id)
        return wallets._of(self.partner_id)

    def _mark_cancelled(self):
        for topup in self._writer().filtered(lambda topup: topup.state == "draft"):
            topup.state = "cancelled"

    # === ACTIONS === #

    def action_retry(self):
        """Money that could not be put into the wallet: try again."""
        self._ensure_manager()
        for topup in self.filtered(lambda topup: topup.state == "problem"):
            topup._mark_done()
            if topup.state == "problem":
                raise UserError(topup.problem)

    @api.autovacuum
    def _gc_topups(self):
        """Nobody pays these any more. Money that comes all the same is put in."""
        limit = fields.Datetime.now() - timedelta(days=2)
        self.search(
            [("state", "=", "draft"), ("create_date", "<", limit)], limit=1000
        )._mark_cancelled()

    def _ensure_manager(self):
        if not self.env.user.has_group("o2o_wallet.o2o_wallet_group_manager"):
            raise AccessError(self.env._("Only wallet managers can do this."))
        self.check_access("read")
