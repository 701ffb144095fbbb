import random
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import BaseCase, freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.o2o_member.lib import bank_card

from ..const import EVENTS_PER_MINUTE
from ..iot_handlers.lib.o2o_box.readers import bank
from .common import DeviceCase

#: test number of a card scheme, no bank has given it to anybody
BANK_NUMBER = "4111111111111111"
READER = {"key": "counter", "name": "柜台刷卡器", "kind": "magnetic", "is_online": True}


class ReaderCase(DeviceCase):
    """A reader at the box of NEAR, which has two tills, one of them open."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.till = cls.near.pos_config_ids
        cls.till_two = cls.env["pos.config"].create(
            {"name": "Till NEAR 2", "o2o_store_id": cls.near.id}
        )
        for till in cls.till | cls.till_two:
            till.open_ui()
            till.current_session_id.set_opening_control(0, None)
        cls.box_sudo = cls.box.sudo()
        cls.box_sudo._sync({"readers": [READER]})
        cls.reader = cls.box.reader_ids
        cls.events = cls.env["o2o.reader.event"]

    def setUp(self):
        super().setUp()
        self.told = []

        def notify(config, message, payload):
            self.told.append((config, message, payload))

        tills = self.env.registry["pos.config"]
        self.startPatcher(patch.object(tills, "_notify", notify))

    def _swipe(self, uid="a1", value="88000101", kind="card", **data):
        """What the box gets as an answer."""
        event = {"id": uid, "reader": "counter", "kind": kind, "value": value, "age": 0}
        answer, _status = self.box_sudo._take_event({**event, **data})
        return answer

    def _take(self, uid="a1", user=None, till=None):
        events = self.events.with_user(user or self.cashier)
        return events.pos_take((till or self.till).id, uid)


@tagged("post_install", "-at_install")
class TestReader(ReaderCase):
    """POS-14: the readers of a box and their tills."""

    def test_box_names_its_readers(self):
        self.assertEqual(self.reader.name, "柜台刷卡器")
        self.assertEqual(self.reader.config_ids, self.till | self.till_two)
        self.assertTrue(self.reader.is_online)
        self.assertTrue(self.reader.last_seen_at)

    def test_sync_again_changes_nothing_a_manager_set(self):
        self.reader.write({"name": "左边", "config_ids": [Command.set(self.till.ids)]})
        self.box_sudo._sync({"readers": [READER]})
        self.assertEqual(self.box.reader_ids, self.reader)
        self.assertEqual(self.reader.name, "左边")
        self.assertEqual(self.reader.config_ids, self.till)

    def test_reader_goes_offline_alone_or_with_its_box(self):
        self.box_sudo._sync({"readers": [{**READER, "is_online": False}]})
        self.assertFalse(self.reader.is_online)
        self.box_sudo._sync({"readers": [READER]})
        self.assertTrue(self.reader.is_online)
        # taken out of the configuration
        self.box_sudo._sync({"readers": []})
        self.assertFalse(self.reader.is_online)
        self.box_sudo._sync({"readers": [READER]})
        self.box.last_seen_at = "2020-01-01"
        self.assertFalse(self.reader.is_online)

    def test_contact_is_written_rarely(self):
        with freeze_time("2026-01-01 10:00:00"):
            self.reader.last_seen_at = fields.Datetime.now()
        for moment, seen in (("10:00:50", "10:00:00"), ("10:01:10", "10:01:10")):
            with freeze_time(f"2026-01-01 {moment}"):
                self.box_sudo._sync({"readers": [READER]})
            self.assertEqual(str(self.reader.last_seen_at), f"2026-01-01 {seen}")

    def test_nonsense_of_a_box_is_ignored(self):
        reports = [
            {**READER, "key": "A B"},
            {**READER, "key": "x" * 33},
            {**READER, "key": None},
            {**READER, "key": "y", "kind": "card"},
            {"key": "counter"},
            "junk",
            {**READER, "key": "good", "name": 5},
        ] + [{**READER, "key": f"r{number}"} for number in range(100)]
        self.box_sudo._sync({"readers": reports})
        names = self.box.reader_ids.mapped("name")
        self.assertIn("good", names)
        self.assertLessEqual(len(names), 17)

    def test_tills_are_of_the_same_store(self):
        with self.assertRaises(ValidationError):
            self.reader.config_ids = self.far.pos_config_ids

    def test_a_box_that_moved_tells_no_till_of_its_old_store(self):
        self.box.store_id = self.far
        with mute_logger("odoo.addons.o2o_pos_device.models.o2o_reader_event"):
            self.assertEqual(self._swipe(), {"status": "no_till"})
        self.assertFalse(self.told)

    def test_who_may_see_and_change_readers(self):
        reader = self.reader
        self.assertTrue(reader.with_user(self.cashier).search([]) & reader)
        self.assertFalse(reader.with_user(self.cashier_far).search([]) & reader)
        self.assertTrue(reader.with_user(self.head_office_user).name)
        for user in (self.cashier, self.head_office_user):
            with self.assertRaises(AccessError):
                reader.with_user(user).name = "Mine"


@tagged("post_install", "-at_install")
class TestSwipe(ReaderCase):
    """POS-14: a swipe at the box reaches the till that waits, once."""

    def test_swipe_reaches_the_tills_and_one_takes_it(self):
        self.assertEqual(self._swipe(), {"status": "delivered"})
        message = {"event": "a1", "reader": "柜台刷卡器", "kind": "card"}
        self.assertEqual(
            self.told,
            [(till, "O2O_READER_SWIPE", message) for till in self.reader.config_ids],
        )
        answer = self._take()
        self.assertEqual(
            (answer["status"], answer["kind"], answer["value"]),
            ("ok", "card", "88000101"),
        )
        # the other till closes its notice, and gets nothing
        self.assertIn((self.till_two, "O2O_READER_TAKEN", {"event": "a1"}), self.told)
        for till in (self.till_two, self.till):
            again = self._take(till=till)
            self.assertEqual(again["status"], "gone")
            self.assertNotIn("value", again)

    def test_bus_never_carries_a_number(self):
        """Messages of the bus are kept for a day."""
        self._swipe()
        self._take()
        self.assertNotIn("88000101", repr(self.told))

    def test_number_is_gone_when_taken(self):
        self._swipe()
        event_sudo = self.events.sudo().search([("uid", "=", "a1")])
        self.assertEqual(event_sudo.value, "88000101")
        self._take()
        self.assertFalse(event_sudo.value)

    def test_repeated_delivery_counts_once(self):
        self._swipe()
        told = len(self.told)
        self.assertEqual(self._swipe(), {"status": "repeated"})
        self._take()
        self.assertEqual(self._swipe(), {"status": "repeated"})
        self.assertEqual(self._take()["status"], "gone")
        self.assertEqual(len(self.told), told + 2)

    def test_same_id_of_another_box_is_another_swipe(self):
        other = self._create_box("Second box", self.near).sudo()
        other._sync({"readers": [READER]})
        self._swipe()
        event = {"id": "a1", "reader": "counter", "kind": "card", "value": "1234"}
        answer, _status = other._take_event({**event, "age": 1})
        self.assertEqual(answer, {"status": "delivered"})

    def test_old_swipe_is_none(self):
        for age in (12, 1e9, -1, float("nan")):
            self.assertEqual(self._swipe(age=age), {"status": "expired"})
        self.assertFalse(self.told)
        with freeze_time("2026-01-01 10:00:00"):
            self._swipe("b1", age=4)
        for moment, status in (("10:00:09", "gone"), ("10:00:07", "ok")):
            with freeze_time(f"2026-01-01 {moment}"):
                self.assertEqual(self._take("b1")["status"], status)

    def test_nothing_is_kept(self):
        """A swipe nobody wanted is deleted at the next sync after a minute."""
        self._swipe()
        event = self.events.search([("uid", "=", "a1")])
        self.box_sudo._sync({})
        self.assertTrue(event.exists())
        later = fields.Datetime.add(fields.Datetime.now(), seconds=70)
        with freeze_time(later):
            self.box_sudo._sync({})
        self.assertFalse(event.exists())

    def test_forgotten_boxes_leave_nothing_either(self):
        self._swipe()
        with freeze_time(fields.Datetime.add(fields.Datetime.now(), seconds=70)):
            self.events._gc_events()
        self.assertFalse(self.events.search([("box_id", "=", self.box.id)]))

    def test_bank_card_is_told_without_a_number(self):
        """PCI DSS: also when the box did not refuse it."""
        self._swipe("a1", "", "bank_card")
        self._swipe("a2", BANK_NUMBER, "card")
        self._swipe("a3", f";{BANK_NUMBER}=2512101?", "barcode")
        self._swipe("a4", BANK_NUMBER, "bank_card")
        kinds = {payload["kind"] for _till, _message, payload in self.told}
        self.assertEqual(kinds, {"bank_card"})
        self.env.flush_all()
        self.env.cr.execute("SELECT value FROM o2o_reader_event")
        self.assertFalse([row for row in self.env.cr.fetchall() if row[0]])
        self.assertEqual(self._take("a2")["status"], "gone")

    def test_barcode_that_looks_like_a_bank_number_is_a_barcode(self):
        self._swipe("a1", BANK_NUMBER, "barcode")
        self.assertEqual(self._take()["value"], BANK_NUMBER)

    def test_unreadable_is_told(self):
        self._swipe("a1", "", "unreadable")
        self.assertEqual(self.told[0][2]["kind"], "unreadable")

    def test_nonsense_is_refused(self):
        for data in (
            {"uid": None},
            {"uid": "x" * 65},
            {"uid": "a b"},
            {"reader": ["counter"]},
            {"kind": "magic"},
            {"kind": None},
            {"value": 5},
            {"value": ""},
            {"value": "x" * 257, "kind": "barcode"},
            {"value": "a\x00b", "kind": "barcode"},
            {"value": "88-00"},
            {"value": "880001?;4"},
            {"age": "old"},
            {"age": True},
            {"age": None},
        ):
            with self.subTest(data=data):
                self.assertEqual(self._swipe(**data), {"error": "bad_request"})
        self.assertFalse(self.told)

    def test_unknown_reader_is_tried_again(self):
        answer, status = self.box_sudo._take_event(
            {"id": "a1", "reader": "new", "kind": "card", "value": "1234", "age": 1}
        )
        self.assertEqual((answer, status), ({"error": "unknown_reader"}, 404))

    def test_box_that_sends_without_end_is_stopped(self):
        for number in range(EVENTS_PER_MINUTE):
            self._swipe(f"a{number}")
        self.assertEqual(self._swipe("more"), {"error": "too_many"})
        with freeze_time(fields.Datetime.add(fields.Datetime.now(), seconds=61)):
            self.assertEqual(self._swipe("later"), {"status": "delivered"})

    def test_only_the_tills_of_the_reader_take(self):
        self.reader.config_ids = self.till_two
        self._swipe()
        self.assertEqual(self._take()["status"], "gone")
        self.assertEqual(self._take(till=self.till_two)["status"], "ok")

    def test_only_who_works_at_the_till_takes(self):
        self._swipe()
        with self.assertRaises(AccessError):
            self._take(user=self.head_office_user)
        with self.assertRaises(UserError):
            self._take(till=self.far.pos_config_ids)
        for uid in (None, False, ["a1"], {}, "", "%"):
            self.assertEqual(self._take(uid)["status"], "gone")

    def test_nobody_reads_a_number(self):
        self._swipe()
        event = self.events.search([("uid", "=", "a1")])
        for user in (self.cashier, self.head_office_user):
            with self.assertRaises(AccessError):
                event.with_user(user).read(["uid"])
        system = self.env.ref("base.user_admin")
        with self.assertRaises(AccessError):
            event.with_user(system).read(["value"])

    def test_taken_swipe_finds_the_member(self):
        """The whole way on the server: box, till, look-up."""
        card = self.member.partner_id._o2o_cards("active")[:1]
        self._swipe(value=card.number)
        till = self.env["o2o.member.till"].with_user(self.cashier)
        answer = till.look_up(self.till.id, f";{self._take()['value']}?")
        self.assertEqual(answer["kind"], "swipe")
        self.assertEqual([row["id"] for row in answer["rows"]], card.partner_id.ids)


@tagged("post_install", "-at_install")
class TestBankCardRule(BaseCase):
    """POS-14: the box and the till refuse the same cards."""

    def test_both_rules_are_one(self):
        dice = random.Random(14)
        starts = ["", "4", "62", "9558", "955", "8800", "2221", "2720", "99622", "7"]
        ends = ["", "?", "=2512101?", "=0000?", "D3013", "^CHEN^4912?", "25121010000"]
        found = set()
        for _example in range(4000):
            size = dice.randint(8, 22)
            digits = "".join(dice.choice("0123456789") for _digit in range(size))
            sentinel = dice.choice(["", ";", "%B", "+"])
            text = f"{sentinel}{dice.choice(starts)}{digits}{dice.choice(ends)}"
            answer = bank.is_bank_card(text)
            found.add(answer)
            self.assertEqual(answer, bank_card.is_bank_card(text), text)
        self.assertEqual(found, {True, False})
