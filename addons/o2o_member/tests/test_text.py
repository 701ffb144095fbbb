from odoo.tests import BaseCase, tagged

from ..lib.hashing import keyed_hash, same_hash
from ..lib.text import (
    clean_card_number,
    clean_mobile,
    is_card_number,
    is_code,
    is_mobile,
)


@tagged("post_install", "-at_install")
class TestText(BaseCase):
    def test_mobile_numbers_in_the_wild(self):
        """MEM-01: one mobile number, however it is typed."""
        for typed in (
            "13800138000",
            "+86 138 0013 8000",
            "0086-138-0013-8000",
            "8613800138000",
            "１３８００１３８０００",
        ):
            self.assertEqual(clean_mobile(typed), "13800138000", typed)
            self.assertTrue(is_mobile(clean_mobile(typed)))

    def test_other_numbers_are_not_mobile(self):
        """MEM-01: landlines, short and foreign numbers are refused."""
        for typed in ("", "12800138000", "1380013800", "02012345678", "+4917012345678"):
            self.assertFalse(is_mobile(clean_mobile(typed)), typed)

    def test_card_numbers(self):
        """CARD-03: spaces, dashes, case and full-width digits do not matter."""
        self.assertEqual(clean_card_number(" vip-8800 ００１ "), "VIP8800001")
        self.assertTrue(is_card_number("VIP8800001"))
        for wrong in ("", "123", "卡12345", "1" * 33, "12_345"):
            self.assertFalse(is_card_number(wrong), wrong)

    def test_codes_are_six_ascii_digits(self):
        """CARD-02: six digits, nothing else."""
        self.assertTrue(is_code("012345"))
        for wrong in ("", "12345", "1234567", "12345a", "٠١٢٣٤٥"):
            self.assertFalse(is_code(wrong), wrong)

    def test_keyed_hash(self):
        """CARD-02: a hash depends on key, purpose and every part on its own."""
        reference = keyed_hash("key", "code", "8800", "123456")
        self.assertEqual(reference, keyed_hash("key", "code", "8800", "123456"))
        self.assertTrue(same_hash(reference, reference))
        for other in (
            keyed_hash("other", "code", "8800", "123456"),
            keyed_hash("key", "number", "8800", "123456"),
            keyed_hash("key", "code", "88001", "23456"),
        ):
            self.assertFalse(same_hash(reference, other))
