from odoo.tests import tagged

from ..lib.o2o_gateway.outcome import BAD_ANSWER, unknown
from ..lib.o2o_gateway.texts import lazy
from ..words import failure_words, words
from .common_till_refund import TillRefundCase


@tagged("post_install", "-at_install")
class TestWords(TillRefundCase):
    """PAY-02: what gateways refuse is told in the language of who stands there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.env = cls.env(context={**cls.env.context, "lang": "zh_CN"})

    def test_sentence_within_a_sentence(self):
        """Values that are sentences themselves, and exceptions that say one."""
        said = lazy(
            "The bill cannot be read: %(problem)s.",
            problem=ValueError(lazy("the bill is empty")),
        )
        self.assertEqual(words(self.env, said), "账单读不出来：账单是空的。")
        self.assertEqual(words(self.env(context={"lang": "en_US"}), said), str(said))
        self.assertEqual(words(self.env, ValueError("HTTP 500")), "HTTP 500")
        failure = failure_words(self.env, unknown(BAD_ANSWER, lazy("No content.")))
        self.assertEqual(failure, f"{BAD_ANSWER} 没有内容。")

    def test_charge_is_refused(self):
        """PAY-02: the cashier reads why, in Chinese and without the gateway's code."""
        self.simulator.faults.add("wechat.codepay", "code_expired")
        intent = self._charge(self.wechat)
        self.assertEqual(intent.state, "failed")
        [answer] = self._call("pos_look", [intent.payment_uuid])
        self.assertEqual(answer["reason"], "顾客的付款码已过期：请刷新后再扫。")
        self.assertIn("AUTH", intent.failure)

    def test_job_speaks_the_language_of_the_company(self):
        """PAY-02: what a job finds is written for the company, which reads it."""
        self.env.company.partner_id.lang = "zh_CN"
        self.env = self.env(context={})
        sale = self._sale()
        self.simulator.faults.add("alipay.trade.refund", "no_money")
        _answer, row = self._give_back(sale, 100.0)
        self._run("refund")
        self.assertEqual(row.state, "failed")
        self.assertIn("余额不足", row.failure)

    def test_self_test(self):
        """PAY-02: who sets a gateway up reads in Chinese what is wrong."""
        self.alipay.o2o_alipay_seller_id = "1088000000000000"
        findings = self.alipay.with_env(self.env)._o2o_find_problems()
        self.assertIn("2088", findings[0])
        self.assertIn("卖家号", findings[0])
