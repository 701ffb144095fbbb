from odoo import api, fields, models
from odoo.fields import Domain

from ..lib import otp
from ..lib.contact import mask_target
from ..lib.hashing import same_hash
from ..lib.text import clean_code, is_code


class O2oVerification(models.Model):
    """A one-time code that proves a mobile number or an e-mail address (MEM-01).

    A code is good for one purpose, one target and, where somebody is logged in, one
    user; once, for five minutes, and for five tries. Number and code are kept as keyed
    hashes. Nothing here tells whether an account exists: where the caller finds none,
    it asks for a code all the same, with ``send=False``.

    Methods answer with an error word and do not raise on wrong input: tries must be
    stored, and raising would undo them. Both enter ``o2o.card.throttle`` first, so
    that parallel requests and parallel guesses are counted one after the other.
    """

    _name = "o2o.verification"
    _description = "One-Time Code"
    _order = "id desc"
    _rec_name = "target_masked"

    purpose = fields.Selection(
        [
            ("register", "Registration"),
            ("login", "Log-in"),
            ("reset_password", "New password"),
            ("rebind_phone", "New mobile number"),
            ("rebind_email", "New e-mail address"),
            ("privacy", "Personal data"),
        ],
        required=True,
        readonly=True,
    )
    channel = fields.Selection(
        [("sms", "Text message"), ("email", "E-mail")], required=True, readonly=True
    )
    target_hash = fields.Char(required=True, readonly=True)
    target_masked = fields.Char(string="To", required=True, readonly=True)
    code_hash = fields.Char(required=True, readonly=True)
    address_hash = fields.Char(readonly=True)
    user_id = fields.Many2one(
        "res.users", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    is_sent = fields.Boolean(
        readonly=True, help="Not sent: no account was found. Such a code is never right."
    )
    requested_at = fields.Datetime(required=True, readonly=True)
    expires_at = fields.Datetime(required=True, readonly=True)
    failures = fields.Integer(readonly=True)
    used_at = fields.Datetime(readonly=True)
    is_void = fields.Boolean(readonly=True)

    _target_idx = models.Index("(target_hash, requested_at)")
    _address_idx = models.Index(
        "(address_hash, requested_at) WHERE address_hash IS NOT NULL"
    )

    # === asking for a code ===

    @api.model
    def _request(self, purpose, channel, target, address, *, user=None, send=True):
        """Make a code and send it.

        :param str target: normalised mobile number or e-mail address
        :param str address: client address, or falsy inside the house
        :param user: who is logged in, for purposes that change an account
        :param bool send: False when there is nobody to send it to; the answer and the
            limits are the same
        :return: dict with ``error`` (False, or a word of :meth:`_message`) and
            ``wait`` (seconds until the next code)
        """
        target_hash, address_hash = self._hashes(channel, target, address)
        self.env["o2o.card.throttle"].sudo()._enter(
            filter(None, [target_hash, address_hash])
        )
        error, wait = self._find_limit(target_hash, address_hash)
        if error:
            return {"error": error, "wait": wait}
        code = self._issue(
            purpose, channel, target, address=address, user=user, is_sent=send
        )
        if send:
            self._send_code(purpose, channel, target, code)
        answer = {"error": False, "wait": int(otp.RESEND_AFTER.total_seconds())}
        return self._complete_answer(answer, code)

    @api.model
    def _complete_answer(self, answer, code):
        """Last word on what the browser is told; here nothing more.

        The test shop overrides it, because nobody can receive its messages.
        """
        return answer

    @api.model
    def _issue(self, purpose, channel, target, *, address="", user=None, is_sent=True):
        """Store a new code, void the ones before it.

        :return: the code in clear, which is stored nowhere
        """
        target_hash, address_hash = self._hashes(channel, target, address)
        code, now = otp.new_code(), fields.Datetime.now()
        # sudo: visitors ask for codes; the rows stay invisible to them
        verifications_sudo = self.sudo()
        verifications_sudo.search(
            self._live_domain(purpose, target_hash, user)
        ).is_void = True
        verifications_sudo.create(
            {
                "purpose": purpose,
                "channel": channel,
                "target_hash": target_hash,
                "target_masked": mask_target(channel, target),
                "code_hash": self._code_hash(purpose, target_hash, code),
                "address_hash": address_hash,
                "user_id": user.id if user else False,
                "is_sent": is_sent,
                "requested_at": now,
                "expires_at": now + otp.LIFETIME,
            }
        )
        return code

    @api.model
    def _find_limit(self, target_hash, address_hash):
        """:return: (error word or False, seconds to wait)"""
        now = fields.Datetime.now()
        # sudo: see _issue
        recent = self.sudo().search_fetch(
            Domain("requested_at", ">", now - otp.LONGEST_WINDOW)
            & Domain("target_hash", "=", target_hash),
            ["requested_at"],
        )
        sent_at = recent.mapped("requested_at")
        if wait := otp.seconds_to_wait(max(sent_at, default=None), now):
            return "wait", wait
        if otp.is_over(sent_at, otp.LIMITS_PER_TARGET, now):
            return "limit", 0
        if address_hash:
            sent_at = (
                self.sudo()
                .search_fetch(
                    Domain("requested_at", ">", now - otp.LONGEST_WINDOW)
                    & Domain("address_hash", "=", address_hash),
                    ["requested_at"],
                )
                .mapped("requested_at")
            )
            if otp.is_over(sent_at, otp.LIMITS_PER_ADDRESS, now):
                return "limit", 0
        return False, 0

    @api.model
    def _send_code(self, purpose, channel, target, code):
        names = dict(self._fields["purpose"]._description_selection(self.env))
        body = self.env._(
            "%(shop)s: your code is %(code)s (%(purpose)s), good for 5 minutes. "
            "Give it to nobody.",
            shop=self.env.company.name,
            code=code,
            purpose=names[purpose],
        )
        self.env["o2o.message"]._send(
            channel, target, body, secret=code, subject=self.env._("Your code")
        )

    # === checking a code ===

    @api.model
    def _check(self, purpose, channel, target, code, *, user=None):
        """Check a code, count the try, and use the code up when it is right.

        A code that was never asked for, is too old, void or used answers alike.

        :return: False when right, else a word of :meth:`_message`
        """
        code = clean_code(code)
        if not is_code(code):
            return "format"
        target_hash, _address_hash = self._hashes(channel, target, "")
        self.env["o2o.card.throttle"].sudo()._enter([target_hash])
        # sudo: see _issue
        row_sudo = self.sudo().search(
            self._live_domain(purpose, target_hash, user), limit=1
        )
        now = fields.Datetime.now()
        if not row_sudo or row_sudo.expires_at <= now:
            return "expired"
        if row_sudo.failures >= otp.MAX_TRIES:
            return "too_many"
        expected = self._code_hash(purpose, target_hash, code)
        if not (same_hash(row_sudo.code_hash, expected) and row_sudo.is_sent):
            row_sudo.failures += 1
            return "mismatch"
        row_sudo.used_at = now
        return False

    @api.model
    def _live_domain(self, purpose, target_hash, user):
        return (
            Domain("purpose", "=", purpose)
            & Domain("target_hash", "=", target_hash)
            & Domain("user_id", "=", user.id if user else False)
            & Domain("used_at", "=", False)
            & Domain("is_void", "=", False)
        )

    @api.model
    def _message(self, error, wait=0):
        """What to tell a person."""
        match error:
            case "format":
                return self.env._("Please enter the 6 digits of the code you received.")
            case "mismatch":
                return self.env._("This code is not right. Please look again.")
            case "expired":
                return self.env._(
                    "This code is no longer valid. Please have a new one sent."
                )
            case "too_many":
                return self.env._(
                    "Too many wrong codes. Please have a new one sent."
                )
            case "wait":
                return self.env._(
                    "A code was just sent. You can have a new one in %s seconds.", wait
                )
            case "limit":
                return self.env._(
                    "Too many codes were asked for. Please try again later."
                )
        raise ValueError(error)

    # === hashes ===

    @api.model
    def _hashes(self, channel, target, address):
        hash_of = self.env["o2o.card"]._hash
        return (
            hash_of("verification-target", channel, target),
            hash_of("verification-address", address) if address else False,
        )

    @api.model
    def _code_hash(self, purpose, target_hash, code):
        return self.env["o2o.card"]._hash(
            "verification-code", purpose, target_hash, code
        )

    @api.autovacuum
    def _gc_verifications(self):
        limit = fields.Datetime.now() - 2 * otp.LONGEST_WINDOW
        self.search([("requested_at", "<", limit)]).unlink()
