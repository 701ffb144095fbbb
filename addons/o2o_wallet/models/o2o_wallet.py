from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.tools import SQL, mute_logger

from ..const import WALLET_CONTEXT, is_writer

#: what follows the rows; everything else of a wallet is written by its own methods
BALANCES = ("principal", "bonus", "held_principal", "held_bonus")


class O2oWallet(models.Model):
    """The stored value of a member in one company (PAY-05, idea 26).

    The balances only mirror the ledger (``o2o.wallet.entry``). *Principal* is money the
    member paid in, *bonus* is what the shop added. What is *held* is set aside for a
    payment under way and still belongs to the member.

    Nobody writes a wallet by RPC; the methods below are for callers in this process,
    who have checked what the user may do.
    """

    _name = "o2o.wallet"
    _inherit = ["mail.thread"]
    _description = "Member Wallet"
    _order = "id desc"
    _rec_name = "partner_id"
    _check_company_auto = True

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
    principal = fields.Monetary(
        readonly=True, default=0.0, help="Money the member paid in and has not used."
    )
    bonus = fields.Monetary(
        readonly=True, default=0.0, help="What the shop added and is not used."
    )
    held_principal = fields.Monetary(
        string="Principal Set Aside", readonly=True, default=0.0
    )
    held_bonus = fields.Monetary(string="Bonus Set Aside", readonly=True, default=0.0)
    balance = fields.Monetary(compute="_compute_balance")
    available = fields.Monetary(
        compute="_compute_balance", help="What can be spent now."
    )
    state = fields.Selection(
        [("active", "In Use"), ("frozen", "Frozen"), ("closed", "Closed")],
        string="Status",
        required=True,
        readonly=True,
        default="active",
        index=True,
        tracking=True,
    )
    is_frozen_by_member = fields.Boolean(
        readonly=True, help="Who froze the wallet may also put it to use again."
    )
    is_registered = fields.Boolean(
        string="Identity Checked",
        readonly=True,
        tracking=True,
        help="A named prepaid card may hold more than one without a name.",
    )
    merged_into_id = fields.Many2one(
        "o2o.wallet",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    entry_ids = fields.One2many("o2o.wallet.entry", "wallet_id", readonly=True)
    hold_ids = fields.One2many("o2o.wallet.hold", "wallet_id", readonly=True)

    _member_uniq = models.UniqueIndex(
        "(company_id, partner_id) WHERE merged_into_id IS NULL",
        "A member has one wallet per company.",
    )
    _covered = models.Constraint(
        "CHECK (held_principal >= 0 AND principal >= held_principal"
        " AND held_bonus >= 0 AND bonus >= held_bonus)",
        "A wallet cannot spend more than it holds.",
    )

    @api.depends(*BALANCES)
    def _compute_balance(self):
        for wallet in self:
            wallet.balance = wallet.principal + wallet.bonus
            wallet.available = wallet._major(sum(wallet._free()))

    # === CRUD: by its own methods only === #

    @api.model_create_multi
    def create(self, vals_list):
        self._refuse_strangers()
        return super().create(vals_list)

    def write(self, vals):
        # the chatter keeps its own fields up to date
        if any(not name.startswith(("message_", "activity_")) for name in vals):
            self._refuse_strangers()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ledger(self):
        raise UserError(self.env._("A wallet is kept with its rows. Close it instead."))

    def _refuse_strangers(self):
        if not is_writer(self.env):
            raise UserError(
                self.env._(
                    "A wallet changes through its rows only. Use the buttons of the "
                    "wallet."
                )
            )

    # === FINDING AND LOCKING === #

    @api.model
    def _of(self, partner):
        """The wallet of a member in the current company, in sudo; may be empty."""
        # sudo: callers decide who may see it
        return (
            self.sudo()
            .with_context(**WALLET_CONTEXT)
            .search(
                [
                    ("partner_id", "=", partner.id),
                    ("company_id", "=", self.env.company.id),
                    ("merged_into_id", "=", False),
                ],
                limit=1,
            )
        )

    @api.model
    def _open(self, partner):
        """Like :meth:`_of`; opened when missing.

        :raises UserError: not a member
        """
        if wallet_sudo := self._of(partner):
            return wallet_sudo
        partner._o2o_ensure_member()
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                # sudo: see _of
                return (
                    self.sudo()
                    .with_context(**WALLET_CONTEXT, tracking_disable=True)
                    .create(
                        {"partner_id": partner.id, "company_id": self.env.company.id}
                    )
                    .with_context(tracking_disable=False)
                )
        except UniqueViolation as error:
            # opened by a parallel transaction we cannot see yet: replay the request
            raise ConcurrencyError("wallet opened in parallel") from error

    def _lock(self):
        """Wait for the row of the wallet; who waited for a change is replayed by Odoo
        with a fresh view (serialization failure).

        :return: the wallet to work on, in sudo: where this one went when members were
            merged
        """
        wallet_sudo = self._live()
        self.env.cr.execute(
            SQL(
                "SELECT id FROM o2o_wallet WHERE id = %s FOR NO KEY UPDATE",
                wallet_sudo.id,
            )
        )
        wallet_sudo.invalidate_recordset()
        return wallet_sudo

    def _live(self):
        """This wallet, or the one it went into, in sudo."""
        self.ensure_one()
        # sudo: the ledger writes what nobody may
        wallet_sudo = self.sudo().with_context(**WALLET_CONTEXT)
        while wallet_sudo.merged_into_id:
            wallet_sudo = wallet_sudo.merged_into_id
        return wallet_sudo

    # === MINOR UNITS === #

    def _minor(self, amount):
        """An amount as whole minor units (fen), so that sums are exact."""
        return round(amount * 10**self.currency_id.decimal_places)

    def _major(self, units):
        return units / 10**self.currency_id.decimal_places

    def _free(self):
        """Own money and bonus that are not set aside, in minor units."""
        return (
            self._minor(self.principal) - self._minor(self.held_principal),
            self._minor(self.bonus) - self._minor(self.held_bonus),
        )

    # === STATES === #

    def _freeze(self, reason="", by_member=False):
        """Nothing is paid from a frozen wallet. Silent when it is frozen already; a
        shop's freeze outranks the member's own."""
        for wallet in self:
            wallet_sudo = wallet._lock()
            if wallet_sudo.state == "closed":
                raise UserError(self.env._("This wallet is closed."))
            if wallet_sudo.state == "active" or not by_member:
                wallet_sudo.write({"state": "frozen", "is_frozen_by_member": by_member})
                wallet._note(self.env._("Frozen: %s", reason) if reason else "")

    def _unfreeze(self, reason="", by_member=False):
        for wallet in self:
            wallet_sudo = wallet._lock()
            if wallet_sudo.state != "frozen":
                continue
            if by_member and not wallet_sudo.is_frozen_by_member:
                raise UserError(
                    self.env._("The shop froze this wallet. Please contact us.")
                )
            wallet_sudo.write({"state": "active", "is_frozen_by_member": False})
            wallet._note(self.env._("In use again: %s", reason) if reason else "")

    def _close(self):
        """For good: the member leaves, and nothing is left."""
        for wallet in self:
            wallet_sudo = wallet._lock()
            if sum(map(wallet._minor, (wallet_sudo.principal, wallet_sudo.bonus))):
                raise UserError(
                    self.env._("There is money in this wallet. Pay it out first.")
                )
            wallet_sudo.write({"state": "closed", "is_frozen_by_member": False})

    def _register_identity(self, reason=""):
        """The identity of the member was checked: the higher cap applies."""
        for wallet in self:
            wallet._lock().write({"is_registered": True})
            wallet._note(reason)

    def _note(self, text):
        if text:
            # sudo: a log entry of what was checked by the caller
            self.sudo().message_post(body=text)
