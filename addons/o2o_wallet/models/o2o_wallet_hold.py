from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import HOLD_MINUTES, WALLET_CONTEXT, is_writer


class O2oWalletHold(models.Model):
    """Money set aside for a payment that is on its way.

    The wallet cannot spend it twice. Whoever holds money either captures it or lets it
    go; a job sees to what was left lying. A payment has one living hold at most.
    """

    _name = "o2o.wallet.hold"
    _description = "Wallet Money Set Aside"
    _order = "id desc"
    _rec_name = "key"
    _check_company_auto = True

    wallet_id = fields.Many2one(
        "o2o.wallet",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(related="wallet_id.partner_id", string="Member")
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="restrict"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    key = fields.Char(
        string="Payment",
        required=True,
        readonly=True,
        help="Names the payment for good.",
    )
    amount = fields.Monetary(required=True, readonly=True)
    principal = fields.Monetary(readonly=True)
    bonus = fields.Monetary(readonly=True)
    state = fields.Selection(
        [
            ("held", "Set Aside"),
            ("captured", "Paid"),
            ("released", "Let Go"),
            ("expired", "Time Over"),
            ("uncovered", "Sold, Not Covered"),
        ],
        string="Status",
        required=True,
        readonly=True,
        default="held",
    )
    due_at = fields.Datetime(string="Set Aside Until", required=True, readonly=True)
    entry_id = fields.Many2one(
        "o2o.wallet.entry",
        string="Payment Entry",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    pos_session_id = fields.Many2one(
        "pos.session",
        string="Till Session",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )

    _live_uniq = models.UniqueIndex(
        "(key) WHERE state NOT IN ('released', 'expired')",
        "Money is set aside for this payment already.",
    )
    _due_idx = models.Index("(due_at) WHERE state = 'held'")
    _amount_adds_up = models.Constraint(
        "CHECK (amount > 0 AND amount = principal + bonus)",
        "Own money and bonus must give the amount.",
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
    def _unlink_except_ledger(self):
        raise UserError(self.env._("What was set aside is kept, for the log."))

    def _refuse_strangers(self):
        if not is_writer(self.env):
            raise UserError(self.env._("Payments set money aside, nobody else does."))

    # === HOLDING === #

    @api.model
    def _of(self, key):
        """The living hold of a payment, in sudo; empty when there is none."""
        # sudo: whoever handles the payment may know
        return (
            self.sudo()
            ._writer()
            .search(
                [("key", "=", key), ("state", "not in", ("released", "expired"))],
                limit=1,
            )
        )

    def _writer(self):
        """These, as the code that may change them sees them."""
        return self.with_context(**WALLET_CONTEXT)

    @api.model
    def _hold(self, wallet, amount, key, minutes=HOLD_MINUTES, pos_session=None):
        """Set money of a wallet aside. Doing so again only lengthens the time.

        :param str key: names the payment for good, e.g. ``pos.payment/<uuid>``
        :return: the hold, in sudo
        :raises UserError: see ``o2o.wallet._ensure_can_spend``; or money of another
            wallet, or another amount, is set aside or paid for this payment
        """
        wallet = wallet._lock()
        due_at = fields.Datetime.now() + timedelta(minutes=minutes)
        if live_sudo := self._of(key):
            if live_sudo.wallet_id._lock() != wallet or (
                wallet._minor(live_sudo.amount) != wallet._minor(amount)
            ):
                raise UserError(
                    self.env._(
                        "This payment was started with another amount or wallet."
                    )
                )
            if live_sudo.state == "held":
                live_sudo.due_at = max(live_sudo.due_at, due_at)
            return live_sudo
        principal, bonus = wallet._ensure_can_spend(amount)
        # sudo: holds are made here only, after the checks above
        hold_sudo = (
            self.sudo()
            ._writer()
            .create(
                {
                    "wallet_id": wallet.id,
                    "company_id": wallet.company_id.id,
                    "key": key,
                    "amount": wallet._major(principal + bonus),
                    "principal": wallet._major(principal),
                    "bonus": wallet._major(bonus),
                    "due_at": due_at,
                    "pos_session_id": pos_session.id if pos_session else False,
                }
            )
        )
        self.env["o2o.wallet.entry"]._append(
            wallet,
            "hold",
            f"{key}/hold/{hold_sudo.id}",
            {"held_principal": principal, "held_bonus": bonus},
            pos_session_id=hold_sudo.pos_session_id.id,
        )
        return hold_sudo

    def _lock(self):
        """Wait for the wallet, then forget what was read before.

        :return: the wallet
        """
        self.ensure_one()
        wallet = self.sudo().wallet_id._lock()
        self.invalidate_recordset()
        return wallet

    def _units(self):
        return tuple(
            self.wallet_id._minor(self[name]) for name in ("principal", "bonus")
        )

    # === ENDING === #

    def _capture(self, source=None, **details):
        """The payment happened. Silent when captured before.

        :return: the entry of the payment
        :raises UserError: the money was let go
        """
        wallet = self._lock()
        if self.state == "captured":
            return self.entry_id
        if self.state != "held":
            raise UserError(
                self.env._("The money for this payment is no longer set aside.")
            )
        principal, bonus = self._units()
        entry = self.env["o2o.wallet.entry"]._append(
            wallet,
            "pay",
            f"{self.key}/pay/{self.id}",
            {
                "principal": -principal,
                "bonus": -bonus,
                "held_principal": -principal,
                "held_bonus": -bonus,
            },
            source=source,
            **{"pos_session_id": self.pos_session_id.id, **details},
        )
        self.write({"state": "captured", "entry_id": entry.id})
        return entry

    def _release(self, reason="", state="released"):
        """Let the money go; what was captured stays captured. Safe to repeat."""
        for hold in self:
            wallet = hold._lock()
            if hold.state != "held":
                continue
            principal, bonus = hold._units()
            hold.env["o2o.wallet.entry"]._append(
                wallet,
                "release",
                f"{hold.key}/release/{hold.id}",
                {"held_principal": -principal, "held_bonus": -bonus},
                reason=reason,
                pos_session_id=hold.pos_session_id.id,
            )
            hold.state = state
            # the next hold of the same payment must find the index free
            hold.flush_recordset(["state"])

    # === WHAT WAS LEFT LYING === #

    @api.model
    def _cron_release(self):
        """Let go what was set aside for payments that never came."""
        due = self._writer().search(self._due_domain(), limit=500)
        self.env["ir.cron"]._commit_progress(remaining=len(due))
        for hold in due:
            hold._release_due()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    @api.model
    def _due_domain(self):
        return [("state", "=", "held"), ("due_at", "<=", fields.Datetime.now())]

    def _release_due(self):
        self.ensure_one()
        self._lock()
        if self.filtered_domain(self._due_domain()):
            lang = self.wallet_id.partner_id.lang or self.env.lang
            self._release(
                self.with_context(lang=lang).env._("Payment not completed"), "expired"
            )
