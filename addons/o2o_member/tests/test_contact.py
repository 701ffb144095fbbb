from datetime import datetime, timedelta

from odoo.tests import BaseCase, tagged

from ..lib import otp
from ..lib.contact import (
    clean_email,
    international,
    is_email,
    mask_address,
    mask_email,
    mask_mobile,
)

NOW = datetime(2026, 3, 1, 12)


@tagged("post_install", "-at_install")
class TestContact(BaseCase):
    def test_email(self):
        """MEM-01: addresses are compared in one spelling; rubbish is not one."""
        self.assertEqual(clean_email(" Zhang＠Example.COM "), "zhang@example.com")
        self.assertTrue(is_email("zhang.san@mail.example.cn"))
        for text in (
            "",
            "zhang",
            "a@b",
            "a@b@c.cn",
            "a b@c.cn",
            "a@b.cn,c@d.cn",
            "a@b.cn\nBcc: c@d.cn",
            "<a@b.cn>",
            "a" * 200 + "@b.cn",
        ):
            with self.subTest(text=text):
                self.assertFalse(is_email(text))

    def test_masks(self):
        """MEM-03: enough to recognise one's own, not enough to know another's."""
        self.assertEqual(mask_mobile("13912345678"), "139****5678")
        self.assertEqual(mask_mobile("+8613912345678"), "139****5678")
        self.assertEqual(mask_mobile("12345"), "*****")
        self.assertEqual(mask_email("zhang@example.com"), "z***@example.com")
        self.assertEqual(mask_email("nothing"), "***")
        self.assertEqual(mask_address("203.0.113.7"), "203.0.*.*")
        self.assertEqual(mask_address("2001:db8:1:2::7"), "2001:db8:1:*")
        self.assertEqual(mask_address(False), "")

    def test_international(self):
        """MEM-01: gateways want the country; other numbers stay as they are."""
        self.assertEqual(international("13912345678"), "+8613912345678")
        self.assertEqual(international("+4412345"), "+4412345")


@tagged("post_install", "-at_install")
class TestOtpRules(BaseCase):
    def test_code(self):
        """MEM-01: six digits, leading zeros kept, not always the same."""
        codes = {otp.new_code() for _number in range(200)}
        self.assertTrue(all(len(c) == 6 and c.isdigit() for c in codes))
        self.assertGreater(len(codes), 150)

    def test_wait(self):
        """MEM-01: a minute between two codes, rounded up."""
        self.assertEqual(otp.seconds_to_wait(None, NOW), 0)
        self.assertEqual(otp.seconds_to_wait(NOW, NOW), 60)
        sent = NOW - timedelta(seconds=59.5)
        self.assertEqual(otp.seconds_to_wait(sent, NOW), 1)
        self.assertEqual(otp.seconds_to_wait(NOW - timedelta(seconds=60), NOW), 0)

    def test_limits(self):
        """MEM-01: each window counts for itself."""
        limits = ((timedelta(hours=1), 2), (timedelta(days=1), 3))
        hours = [NOW - timedelta(hours=n) for n in (2, 3)]
        self.assertFalse(otp.is_over(hours, limits, NOW))
        self.assertTrue(otp.is_over([*hours, hours[0]], limits, NOW))
        minutes = [NOW - timedelta(minutes=n) for n in (5, 10)]
        self.assertTrue(otp.is_over(minutes, limits, NOW))
