from odoo.tests import tagged

from .common import O2oOrderCase


@tagged("post_install", "-at_install")
class TestNotice(O2oOrderCase):
    """The member is told outside the request (ORD-08)."""

    def _texts(self):
        return self.env["o2o.message"].search([]).mapped("body")

    def test_member_is_told_as_the_company_says(self):
        """ORD-08: shipped with courier and number; accepted only when switched on."""
        self.company.o2o_notice_accepted = False
        part = self._place()
        part._mark_accepted()
        self.assertFalse(self._texts())
        part.courier_name = "顺丰"
        part._mark_shipped("SF123")
        texts = self._texts()
        self.assertEqual(len(texts), 1)
        self.assertIn(part.order_id.name, texts[0])
        self.assertIn("顺丰 SF123", texts[0])
        self.company.write({"o2o_notice_accepted": True, "o2o_notice_shipped": False})
        other = self._place()
        other._mark_accepted()
        other._mark_shipped()
        texts = self._texts()
        self.assertEqual(len(texts), 2)
        self.assertIn("Store NEAR", texts[0])

    def test_nothing_is_sent_inside_the_request(self):
        """ORD-08: a real gateway is called after the commit only: the row waits."""
        part = self._place()
        part._mark_accepted()
        self.company.o2o_sms_provider = "core"
        part._mark_shipped()
        message = self.env["o2o.message"].search([], limit=1)
        self.assertIn(part.order_id.name, message.body)
        self.assertEqual(message.state, "sending")

    def test_member_without_phone_gets_a_mail(self):
        self.member.partner_id.write({"phone": False, "email": "zhang@example.com"})
        part = self._place()
        part._mark_accepted()
        part._mark_shipped()
        message = self.env["o2o.message"].search([], limit=1)
        self.assertEqual(message.channel, "email")
        self.assertEqual(message.state, "sending")
