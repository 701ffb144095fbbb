from odoo import api, models


class O2oVerification(models.Model):
    _inherit = "o2o.verification"

    @api.model
    def _complete_answer(self, answer, code):
        """Nobody receives the messages of a test shop: show the code on the page.

        For a number without account as well: the code is shown, and is never right.
        Not once real messages leave this company.
        """
        answer = super()._complete_answer(answer, code)
        # sudo: visitors do not read settings
        if self.env.company.sudo().o2o_sms_provider != "log":
            return answer
        return {**answer, "hint": f"测试商店，不发短信，验证码是 {code}。"}
