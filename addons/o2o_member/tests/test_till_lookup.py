from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..lib.check_digit import is_luhn
from ..lib.mask import mask_phone
from ..lib.pinyin import search_key
from ..lib.till_text import BankCardError, read_track, refuse_bank_card
from ..models.o2o_member_till import MAX_LOOKUPS_PER_MINUTE, ROW_LIMIT
from .common_till import TillCommon

#: test number of a card scheme, no bank has given it to anybody
BANK_NUMBER = "4111111111111111"


@tagged("post_install", "-at_install")
class TestTillText(TillCommon):
    """POS-02, idea 10: what the box understands, without a database."""

    def test_pinyin_of_everyday_names(self):
        """POS-02: initials and syllables."""
        self.assertEqual(search_key("陈晓雨"), "cxy chenxiaoyu")
        self.assertEqual(search_key("吕布"), "lb lvbu")
        self.assertEqual(search_key("Wang Li"), "wl wangli")
        self.assertEqual(search_key("José"), "j jose")

    def test_pinyin_of_surnames_that_are_read_differently(self):
        """POS-02: 单 is Shan as a surname, not Dan."""
        readings = {
            "单雄信": "sxx shanxiongxin",
            "曾国藩": "zgf zengguofan",
            "仇英": "qy qiuying",
            "解缙": "xj xiejin",
            "查良镛": "zly zhaliangyong",
            "尉迟恭": "ycg yuchigong",
            "欧阳修": "oyx ouyangxiu",
            "长孙无忌": "zswj zhangsunwuji",
        }
        for name, key in readings.items():
            with self.subTest(name=name):
                self.assertEqual(search_key(name), key)

    def test_first_character_of_a_company_is_no_surname(self):
        """POS-02: a surname is read as one in names of persons only."""
        self.assertTrue(search_key("重庆酒业公司").startswith("cqjygs "))

    def test_pinyin_of_nothing(self):
        """POS-02: a name without letters has no key."""
        for name in ("", False, "!!", "@"):
            self.assertEqual(search_key(name), "")

    def test_track_of_a_member_card(self):
        """POS-14: both tracks hold the card number."""
        for track in (
            ";88000001?",
            "%88000001?",
            "%B88000001^CHEN^2512?",
            "+88000001?",
        ):
            with self.subTest(track=track):
                self.assertEqual(read_track(track), "88000001")

    def test_track_of_a_bank_card_is_refused(self):
        """POS-02: whatever the track, the number of a bank card is not for us."""
        for track in (
            f";{BANK_NUMBER}=25121010000000000000?",
            f"%B{BANK_NUMBER}^CHEN/XIAOYU^2512101?",
            "%B4111 1111 1111 1111^CHEN^2512?",
            f";{BANK_NUMBER}?",
        ):
            with self.subTest(track=track), self.assertRaises(BankCardError):
                read_track(track)

    def test_number_of_a_bank_without_sentinels_is_refused(self):
        """POS-14: a keyboard reader set to send digits only."""
        for text in (BANK_NUMBER, f"{BANK_NUMBER}=2512", f"{BANK_NUMBER}D2512101"):
            with self.subTest(text=text), self.assertRaises(BankCardError):
                refuse_bank_card(text)
        # barcodes, phones and the cards of a shop are not
        for text in ("6901234567892", "4006381333931", "13800138001", "88000101"):
            with self.subTest(text=text):
                refuse_bank_card(text)

    def test_long_number_of_a_shop_is_no_bank_card(self):
        """POS-14: one number in ten passes the check digit by chance."""
        self.assertTrue(is_luhn("8800000000000005"))
        self.assertEqual(read_track(";8800000000000005?"), "8800000000000005")

    def test_luhn(self):
        """POS-02: ISO/IEC 7812."""
        self.assertTrue(is_luhn(BANK_NUMBER))
        self.assertFalse(is_luhn("4111111111111112"))

    def test_mask(self):
        """POS-02: a masked phone cannot be called."""
        self.assertEqual(mask_phone("138 0013 8001"), "138****8001")
        self.assertEqual(mask_phone("+86 13800138001"), "138****8001")
        self.assertEqual(mask_phone("12345"), "*****")
        self.assertEqual(mask_phone(False), "")


@tagged("post_install", "-at_install")
class TestTillLookup(TillCommon):
    """POS-02, idea 10: one box, six keys, told apart by the server."""

    def test_by_the_end_of_the_card_number(self):
        """POS-02: last 4 digits of the card."""
        self.assertEqual(self._found("0101"), self.member.ids)

    def test_by_the_end_of_the_phone_number(self):
        """POS-02: last 4 digits of the phone."""
        self.assertEqual(self._found("8001"), self.member.ids)

    def test_by_the_whole_card_number(self):
        """POS-02: what only ends like it is not meant."""
        other = self._create_till_member("李雷", "9988000101", "13900000001")
        self.assertEqual(self._found("8800 0101"), self.member.ids)
        self.assertEqual(set(self._found("0101")), set((self.member | other).ids))

    def test_by_a_card_that_was_replaced(self):
        """POS-02, MEM-10: the old number stays traceable."""
        self._create_card("88000777", partner_id=self.member.id, state="lost")
        self.env.flush_all()
        self.assertEqual(self._found("88000777"), self.member.ids)

    def test_by_the_whole_phone_number(self):
        """POS-02: with or without spaces and country prefix, full-width too."""
        for query in ("13800138001", "138-0013-8001", "１３８００１３８００１"):
            with self.subTest(query=query):
                self.assertEqual(self._found(query), self.member.ids)

    def test_by_phone_also_finds_customers_without_a_card(self):
        """CARD-03: they can become members on the spot."""
        customer = self.env["res.partner"].create(
            {"name": "无卡", "phone": "13700137000"}
        )
        self.env.flush_all()
        self.assertEqual(self._found("13700137000"), customer.ids)
        self.assertEqual(self._found("7000"), [])

    def test_by_swipe(self):
        """POS-14: a member card through the reader."""
        answer = self._look_up(";88000101?")
        self.assertEqual(answer["kind"], "swipe")
        self.assertEqual(answer["rows"][0]["id"], self.member.id)

    def test_bank_card_is_refused_and_kept_nowhere(self):
        """POS-02: neither in the answer, nor in the log, nor in the table."""
        model = self.env["o2o.member.lookup"]
        before = model.search_count([])
        with self.assertNoLogs("odoo.addons.o2o_member", level="DEBUG"):
            answer = self._look_up(f";{BANK_NUMBER}=25121010000000000000?")
        self.assertEqual(answer["status"], "refused")
        self.assertNotIn(BANK_NUMBER, str(answer))
        self.assertEqual(model.search_count([]), before)

    def test_by_electronic_card(self):
        """MEM-11: the QR in the member's phone finds the member, once per code."""
        token = self.member._o2o_member_token()
        answer = self._look_up(token)
        self.assertEqual(answer["kind"], "token")
        self.assertEqual([row["id"] for row in answer["rows"]], self.member.ids)
        answer = self._look_up(token)
        self.assertEqual(answer["status"], "refused")
        self.assertIn("used already", answer["message"])
        self.assertEqual(answer["rows"], [])

    def test_by_forged_electronic_card(self):
        """MEM-11: what only looks like a code of ours is refused with a word."""
        answer = self._look_up("O2OMABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
        self.assertEqual(answer["status"], "refused")
        self.assertIn("not a member code", answer["message"])

    def test_by_pinyin_initials(self):
        """POS-02: "cxy", and who has exactly these initials comes first."""
        longer = self._create_till_member("陈晓雨萱", "88000102", "13900000002")
        self.assertEqual(self._found("cxy"), [self.member.id, longer.id])
        self.assertEqual(self._found("CXY"), [self.member.id, longer.id])

    def test_by_pinyin_syllables(self):
        """POS-02: the whole name, or its beginning."""
        for query in ("chenxiaoyu", "chen xiao", "chenx"):
            with self.subTest(query=query):
                self.assertEqual(self._found(query), self.member.ids)

    def test_pinyin_follows_the_name(self):
        """POS-02: a member who changes the name is found by the new one."""
        self.member.name = "单小红"
        self.env.flush_all()
        self.assertEqual(self._found("sxh"), self.member.ids)
        self.assertEqual(self._found("cxy"), [])

    def test_by_name(self):
        """POS-02: the beginning of the name in Chinese; wildcards mean nothing."""
        self.assertEqual(self._found("陈晓"), self.member.ids)
        self.assertEqual(self._found("陈%"), [])

    def test_by_online_order(self):
        """POS-02: the number of a sale order."""
        order = self.env["sale.order"].create({"partner_id": self.member.id})
        self.env.flush_all()
        self.assertEqual(self._found(order.name.lower()), self.member.ids)

    def test_by_receipt(self):
        """POS-02: number of a receipt, and the short number of today's order."""
        self._create_pos_order("26-007-000123", "9123")
        self.assertEqual(self._found("26-007-000123"), self.member.ids)
        self.assertEqual(self._found("9123"), self.member.ids)

    def test_short_number_of_another_day(self):
        """POS-02: the numbers called out start again each day."""
        self._create_pos_order("26-007-000124", "9124")
        self.session.state = "closed"
        self._open_session(self.config)
        self.assertEqual(self._found("9124"), [])

    def test_rows_are_brief(self):
        """POS-02: no more than tells people apart; the phone is masked."""
        self.assertEqual(
            self._look_up("88000101")["rows"],
            [
                {
                    "id": self.member.id,
                    "name": "陈晓雨",
                    "phone": "138****8001",
                    "number": "88000101",
                    "is_member": True,
                }
            ],
        )

    def test_at_most_ten_rows(self):
        """POS-02: more are announced, not sent."""
        for index in range(ROW_LIMIT + 2):
            self._create_till_member("王小明", f"77{index:06}", f"136{index:08}")
        answer = self._look_up("wxm")
        self.assertEqual(len(answer["rows"]), ROW_LIMIT)
        self.assertTrue(answer["more"])

    def test_archived_contacts_are_not_found(self):
        """POS-02: who was archived has left."""
        self.member.active = False
        self.env.flush_all()
        self.assertEqual(self._found("88000101"), [])

    # === refusals ===

    def test_too_short(self):
        """POS-02: three digits or one letter would list the base."""
        for query in ("", "123", "c", "%", "___", None, 12345678, ["88000101"]):
            with self.subTest(query=query):
                answer = self._look_up(query)
                self.assertEqual(answer["rows"], [])

    def test_wildcards_find_nothing(self):
        """POS-02: the box is no query language."""
        for query in ("%%%%", "____", "88%%0101", "' OR 1=1 --"):
            with self.subTest(query=query):
                self.assertEqual(self._look_up(query)["rows"], [])

    def test_harvesting_stops(self):
        """POS-02: a cashier cannot read out the member list."""
        for _index in range(MAX_LOOKUPS_PER_MINUTE):
            self.assertEqual(self._look_up("8001")["status"], "ok")
        answer = self._look_up("8001")
        self.assertEqual((answer["status"], answer["rows"]), ("too_many", []))

    def test_opening_cards_is_limited_too(self):
        """POS-02: counting up ids is harvesting as well."""
        for _index in range(MAX_LOOKUPS_PER_MINUTE):
            self.till.member_card(self.config.id, self.member.id)
        answer = self.till.member_card(self.config.id, self.member.id)
        self.assertEqual(answer["status"], "too_many")
        self.assertNotIn("card", answer)

    def test_lookups_are_logged_without_the_query(self):
        """POS-02: who, where, how many."""
        self._look_up("13800138001")
        self.till.member_card(self.config.id, self.member.id)
        rows = self.env["o2o.member.lookup"].search([], limit=2)
        self.assertRecordValues(
            rows,
            [
                {
                    "user_id": self.cashier.id,
                    "config_id": self.config.id,
                    "kind": "card",
                    "found": 1,
                    "partner_id": self.member.id,
                },
                {
                    "user_id": self.cashier.id,
                    "config_id": self.config.id,
                    "kind": "code",
                    "found": 1,
                    "partner_id": False,
                },
            ],
        )
        self.assertNotIn("13800138001", str(rows.read()))

    def test_log_is_kept_ninety_days(self):
        """POS-02: then it goes."""
        self._look_up("8001")
        row = self.env["o2o.member.lookup"].search([], limit=1)
        row.flush_recordset()
        for days, is_kept in ((89, True), (91, False)):
            self.env.cr.execute(
                "UPDATE o2o_member_lookup SET create_date = %s WHERE id = %s",
                [fields.Datetime.now() - timedelta(days=days), row.id],
            )
            row.invalidate_recordset()
            self.env["o2o.member.lookup"]._gc_lookups()
            self.assertEqual(bool(row.exists()), is_kept)

    def test_closed_till(self):
        """POS-02: a cashier without a session sees nobody."""
        self.session.state = "closed"
        with self.assertRaises(UserError):
            self._look_up("8001")
        with self.assertRaises(UserError):
            self.till.member_card(self.config.id, self.member.id)

    def test_who_is_no_cashier(self):
        """POS-02: the calls are public to RPC, their answers are not."""
        for user in (self.portal, self.employee, self.user):
            till = self.till.with_user(user)
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._look_up("8001", till)
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                till.member_card(self.config.id, self.member.id)

    def test_unknown_till(self):
        """POS-02: a till that does not exist, or that is no number."""
        for config_id in (0, 10**9, "1", None, [self.config.id]):
            with self.subTest(config_id=config_id), self.assertRaises(AccessError):
                self.till.look_up(config_id, "8001")

    def test_companies_are_kept_apart(self):
        """POS-02: neither the till nor the members of another company."""
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            login="o2o_m_stranger",
            groups="point_of_sale.group_pos_user",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        with self.assertRaises(AccessError):
            self._look_up("8001", self.till.with_user(stranger))
        theirs = self.env["res.partner"].create(
            {"name": "陈晓宇", "phone": "13800138009", "company_id": other.id}
        )
        shared = self.env["res.partner"].create({"name": "陈晓玉"})
        for index, partner in enumerate((theirs, shared)):
            self._create_card(
                f"6600010{index}", company_id=other.id, partner_id=partner.id
            )
        self.env.flush_all()
        for query in ("66000100", "66000101", "13800138009", "cxy", "陈晓"):
            with self.subTest(query=query):
                self.assertNotIn(theirs.id, self._found(query))
                self.assertNotIn(shared.id, self._found(query))
        answer = self.till.member_card(self.config.id, theirs.id)
        self.assertEqual(answer["status"], "refused")

    def _create_pos_order(self, reference, tracking_number):
        order = self.env["pos.order"].create(
            {
                "session_id": self.session.id,
                "partner_id": self.member.id,
                "pos_reference": reference,
                "tracking_number": tracking_number,
                "amount_tax": 0,
                "amount_total": 0,
                "amount_paid": 0,
                "amount_return": 0,
            }
        )
        self.env.flush_all()
        return order


@tagged("post_install", "-at_install")
class TestTillCost(TillCommon):
    """POS-02: what a look-up costs."""

    QUERIES = (
        "8001",
        "88000101",
        ";88000101?",
        "cxy",
        "陈晓",
        "S00012",
        "26-007-000123",
    )

    def test_each_key_takes_three_queries(self):
        """POS-02: one to find, one to show; the session for order numbers."""
        till = self.till.with_company(self.company).sudo()
        for query in self.QUERIES:
            till._find(self.config, query)  # warms the caches of the ORM
            with self.subTest(query=query), self.assertQueryCount(3):
                _kind, partner_ids = till._find(self.config, query)
                till._prepare_rows(partner_ids)

    def test_each_key_uses_an_index(self):
        """POS-02: no key reads a whole table, however many members there are."""
        till = self.till.with_company(self.company).sudo()
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        for query in self.QUERIES:
            with self.subTest(query=query):
                plan = self._explain(till, query)
                self.assertNotIn("Seq Scan", plan)

    def _explain(self, till, query):
        plans = []
        model = self.env.registry["o2o.member.till"]

        def run(service, *branches, **kwargs):
            for branch in branches:
                rows = service.env.execute_query(type(branch)("EXPLAIN %s", branch))
                plans.extend(line for (line,) in rows)
            return []

        with patch.object(model, "_run", run):
            till._find(self.config, query)
        self.assertTrue(plans)
        return "\n".join(plans)
