from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import ValidationError

from odoo.addons.o2o_member.const import PIN_LENGTH

from ..const import MAX_PIN_FAILURES, PIN_LOCK_HOURS


class O2oWallet(models.Model):
    """The member's payment PIN: six digits, hashed, with few tries."""

    _inherit = "o2o.wallet"

    pin_hash = fields.Char(
        groups="base.group_system", copy=False, readonly=True, prefetch=False
    )
    has_pin = fields.Boolean(string="PIN Set", compute="_compute_has_pin")
    pin_failures = fields.Integer(string="Wrong PINs", readonly=True)
    pin_locked_until = fields.Datetime(string="PIN Locked Until", readonly=True)

    def _compute_has_pin(self):
        for wallet in self:
            # sudo: whether, not what
            wallet.has_pin = bool(wallet.sudo().pin_hash)

    def _set_pin(self, pin):
        """Keep the hash of a new PIN, and forgive the wrong tries.

        The caller has proved that it is the member.

        :raises ValidationError: not six digits, or too easy
        """
        self.ensure_one()
        users = self.env["res.users"]
        if not isinstance(pin, str) or not users._o2o_is_good_pin(pin):
            raise ValidationError(
                self.env._(
                    "Please choose %s digits, neither all the same nor in a row.",
                    PIN_LENGTH,
                )
            )
        self._lock().write(
            {
                "pin_hash": users._crypt_context().hash(pin),
                "pin_failures": 0,
                "pin_locked_until": False,
            }
        )

    def _check_pin(self, pin):
        """Check a PIN and count the try.

        Answers with a word and does not raise: the try must be stored. Parallel tries
        are counted one after the other, by the row lock of the wallet.

        :return: False when right, else ``pin_missing`` (none was set), ``pin_needed``
            (none was given), ``pin_locked`` or ``pin_wrong``
        """
        wallet = self._lock()
        now = fields.Datetime.now()
        if not wallet.pin_hash:
            return "pin_missing"
        if wallet.pin_locked_until and wallet.pin_locked_until > now:
            return "pin_locked"
        if not isinstance(pin, str) or not pin:
            return "pin_needed"
        if self.env["res.users"]._crypt_context().verify(pin, wallet.pin_hash):
            if wallet.pin_failures:
                wallet.write({"pin_failures": 0, "pin_locked_until": False})
            return False
        failures = wallet.pin_failures + 1
        if failures >= MAX_PIN_FAILURES:
            wallet.write(
                {
                    "pin_failures": 0,
                    "pin_locked_until": now + timedelta(hours=PIN_LOCK_HOURS),
                }
            )
            wallet.partner_id._o2o_log_security("wallet_pin_locked")
            return "pin_locked"
        wallet.pin_failures = failures
        return "pin_wrong"

    def _needs_pin(self, amount):
        """Whether a payment of this amount asks for the PIN."""
        return self._minor(amount) > self._minor(self.company_id.o2o_wallet_pin_above)

    def _pin_message(self, error):
        """What to tell a person."""
        match error:
            case "pin_missing":
                return self.env._(
                    "This payment needs a payment PIN. The member sets one on the "
                    "website, under Member center, My wallet."
                )
            case "pin_needed":
                return self.env._("Please enter the payment PIN.")
            case "pin_wrong":
                return self.env._(
                    "This PIN is not right. After %s wrong ones it is locked.",
                    MAX_PIN_FAILURES,
                )
            case "pin_locked":
                return self.env._(
                    "Too many wrong PINs. Please wait %s hours, or set a new PIN.",
                    PIN_LOCK_HOURS,
                )
        raise ValueError(error)
