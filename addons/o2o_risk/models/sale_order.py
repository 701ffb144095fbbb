"""Orders of the website are judged when they are submitted, and when they are paid."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.http import request

from ..const import SEVERITY
from ..lib.normal import normal_phone, normal_place

#: programs whose coupons people collect
COUPON_PROGRAMS = ("coupons", "promo_code", "next_order_coupons")


class SaleOrder(models.Model):
    _inherit = "sale.order"

    o2o_risk_hit_ids = fields.One2many(
        "o2o.risk.hit",
        "order_id",
        string="Risks",
        readonly=True,
        groups="o2o_risk.o2o_risk_group_user",
    )
    o2o_risk_reasons = fields.Text(
        string="Why It Is Held",
        compute="_compute_o2o_risk_reasons",
        groups="o2o_risk.o2o_risk_group_user",
    )

    @api.depends("o2o_risk_hit_ids")
    def _compute_o2o_risk_reasons(self):
        for order in self:
            hits = order.o2o_risk_hit_ids
            serious = hits.filtered(lambda hit: hit.action != "note") or hits
            order.o2o_risk_reasons = "\n".join(serious.mapped("name"))

    # === SUBMITTING === #

    def _o2o_risk_submit(self, transaction=None):
        """Count this submission and let the rules judge it.

        :param payment.transaction transaction: the payment that begins with it
        :raise UserError: a rule refuses; the text is neutral
        """
        self.ensure_one()
        if not self.website_id:
            return
        # sudo: counted for everybody, read by nobody who buys
        checks_sudo = self.env["o2o.risk.check"].sudo()
        amount = self._o2o_risk_amount()
        kinds = {"order": amount}
        if self._o2o_risk_uses_coupon():
            kinds["coupon"] = amount
        refs = {f"sale.order/{self.id}": kinds}
        if transaction:
            refs[f"payment.transaction/{transaction.id}"] = {"attempt": amount}
        worst, found = checks_sudo._check(
            self.company_id, refs, self._o2o_risk_keys(), self.partner_id, self
        )
        if worst == "refuse":
            checks_sudo._note_after_rollback(found)
            raise UserError(checks_sudo._get_refusal(found))
        if found:
            checks_sudo.env["o2o.risk.hit"]._note(found)
        # an order that is confirmed at once need not be judged again
        self.env.cr.cache.setdefault("o2o_risk", {})[self.id] = worst

    def _o2o_risk_keys(self):
        """Hashes of whoever buys, by kind."""
        self.ensure_one()
        # sudo: the member's own address
        order_sudo = self.sudo()
        address = order_sudo.partner_shipping_id
        texts = {
            "member": order_sudo.partner_id.commercial_partner_id.id,
            "phone": normal_phone(address.phone),
        }
        if not self._o2o_is_pickup():
            texts["place"] = normal_place(address.city, address.street, address.street2)
        hash_of = self.env["o2o.risk.fact"]._hash
        keys = {kind: hash_of(kind, text) for kind, text in texts.items() if text}
        return {**keys, **self.env["o2o.risk.check"]._get_request_keys()}

    def _o2o_risk_amount(self):
        self.ensure_one()
        return self.currency_id._convert(
            self.amount_total,
            self.company_id.currency_id,
            self.company_id,
            self.date_order or fields.Date.today(),
        )

    def _o2o_risk_uses_coupon(self):
        self.ensure_one()
        rewards = self.sudo().order_line.reward_id
        return any(
            program.program_type in COUPON_PROGRAMS for program in rewards.program_id
        )

    def _validate_order(self):
        """What costs nothing has no payment to be checked with."""
        if request:
            for order in self:
                order._o2o_risk_submit()
        return super()._validate_order()

    # === HELD === #

    def _o2o_needs_review(self):
        return super()._o2o_needs_review() or self._o2o_is_risky()

    def _o2o_is_risky(self):
        """Whether head office looks at it first; what is paid is held, not refused."""
        self.ensure_one()
        if not self.website_id:
            return False
        worst = self.env.cr.cache.get("o2o_risk", {}).pop(self.id, None)
        if worst is None:
            # sudo: whoever confirms it
            checks_sudo = self.env["o2o.risk.check"].sudo()
            worst, found = checks_sudo._judge(
                [f"sale.order/{self.id}"], self.partner_id, self
            )
            for vals in found:
                if vals["action"] == "refuse":
                    vals["action"] = "hold"
            if found:
                checks_sudo.env["o2o.risk.hit"]._note(found)
        return SEVERITY.get(worst, 0) >= SEVERITY["hold"]

    # === DECIDING === #

    def action_o2o_approve(self):
        """Who releases an order that a rule holds says why.

        :raise UserError: several at once, without a reason
        """
        held = self.sudo().filtered("o2o_risk_hit_ids")
        if not held or self._o2o_get_release_reason():
            return super().action_o2o_approve()
        if len(self) > 1:
            raise UserError(self.env._("Release them one by one, and say why."))
        self._o2o_as_head_office()._o2o_ensure_in_review()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Release the order"),
            "res_model": "o2o.risk.release",
            "view_mode": "form",
            "target": "new",
            "context": {"default_order_id": self.id},
        }

    def _o2o_get_release_reason(self):
        """What was said in the wizard, or by whoever calls without it: anybody can send
        a context, so only a text is a reason."""
        reason = self.env.context.get("o2o_risk_reason")
        return reason.strip()[:200] if isinstance(reason, str) else ""

    def _o2o_log_review(self, outcome, note=None):
        note = note or self._o2o_get_release_reason()
        # sudo: head office decides about the order, whoever reads the rules
        self.sudo().o2o_risk_hit_ids._note_decision(outcome, note)
        return super()._o2o_log_review(outcome, note)
