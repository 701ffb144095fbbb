from datetime import timedelta
from uuid import uuid4

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..const import MAX_PIN_FAILURES, PIN_WINDOW_MINUTES
from .common_till import TillCommon

PIN = "294817"
_TILL_LOGGER = "odoo.addons.o2o_member.models.o2o_member_till_points"


@tagged("post_install", "-at_install")
class TestTillPoints(TillCommon):
    """PTS-08: add and deduct points at the till."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {"o2o_till_points_per_operation": 100, "o2o_till_points_per_day": 150}
        )
        cls.manager.with_user(cls.manager).o2o_pin = PIN
        cls.reason = cls.env.ref("o2o_member.o2o_points_reason_mistake")
        cls.member._o2o_post_points(1000, "manual", "test:start")

    def _post(self, points=10, partner=None, till=None, **values):
        till = self.till if till is None else till
        return till.post_points(
            self.config.id,
            (partner or self.member).id,
            {
                "key": str(uuid4()),
                "points": points,
                "reason_id": self.reason.id,
                **values,
            },
        )

    def _balance(self):
        self.member.invalidate_recordset(["o2o_points"])
        return self.member.o2o_points

    def _operations(self):
        return self.env["o2o.points.operation"].search(
            [("partner_id", "=", self.member.id)]
        )

    def _approved(self, pin=PIN):
        return {"supervisor_id": self.manager.id, "pin": pin}

    # === posting ===

    def test_add(self):
        """PTS-08: one row in the ledger, in the name of the cashier."""
        answer = self._post(25, note="tasting")
        self.assertEqual(answer["status"], "ok", answer)
        self.assertEqual(answer["points"]["available"], 1025)
        operation = self._operations()
        self.assertRecordValues(
            operation,
            [
                {
                    "points": 25,
                    "balance": 1025,
                    "user_id": self.cashier.id,
                    "supervisor_id": False,
                    "session_id": self.session.id,
                    "note": "tasting",
                }
            ],
        )
        self.assertRecordValues(
            operation.entry_id,
            [
                {
                    "points": 25,
                    "kind": "manual",
                    "actor_id": self.cashier.id,
                    "reason": "Correcting a mistake \u00b7 tasting",
                    "res_model": "pos.session",
                    "res_id": self.session.id,
                    "pos_session_id": self.session.id,
                }
            ],
        )

    def test_deduct(self):
        """PTS-08: and never below nothing."""
        answer = self._post(-60)
        self.assertEqual(answer["points"]["available"], 940)
        answer = self._post(-5000, **self._approved())
        self.assertEqual(answer["status"], "refused")
        self.assertIn("940", answer["message"])
        self.assertEqual(self._balance(), 940)
        self.assertEqual(len(self._operations()), 1)

    def test_slip(self):
        """PTS-08: what the slip says; the phone is masked."""
        slip = self._post(25, note="tasting")["slip"]
        self.assertEqual(
            {key: slip[key] for key in ("points", "balance", "phone", "card_number")},
            {
                "points": 25,
                "balance": 1025,
                "phone": "138****8001",
                "card_number": "88000101",
            },
        )
        self.assertEqual(slip["till"], self.config.name)

    def test_repeated_request_is_one_posting(self):
        """PTS-08: the answer got lost, the till asks again."""
        key = str(uuid4())
        first = self._post(25, key=key)
        second = self._post(25, key=key)
        self.assertEqual(first, second)
        self.assertEqual(self._balance(), 1025)
        self.assertEqual(len(self._operations()), 1)

    def test_replayed_key_does_nothing_else(self):
        """PTS-08: a key seen once is no key for other points, members or people; who
        asked for it is told that it was done after all, nobody else."""
        other = self._create_till_member("李雷", "88000300", "13900000003")
        key = str(uuid4())
        self._post(25, key=key)
        answer = self._post(26, key=key)
        self.assertEqual(answer["status"], "used")
        self.assertIn("after all: 25, P", answer["message"])
        self.assertEqual(answer["points"]["available"], 1025)
        other_reason = self.reason.copy()
        answer = self._post(25, key=key, reason_id=other_reason.id)
        self.assertEqual(answer["status"], "used")
        answer = self._post(26, other, key=key)
        self.assertEqual(answer["status"], "refused")
        self.assertNotIn("25", answer["message"])
        colleague = new_test_user(
            self.env, login="o2o_m_colleague", groups="point_of_sale.group_pos_user"
        )
        answer = self._post(25, till=self.till.with_user(colleague), key=key)
        self.assertEqual(answer["status"], "refused")
        self.assertEqual(self._balance(), 1025)

    def test_approved_request_is_not_approved_twice(self):
        """PTS-08: the PIN of one posting does not pay for the next."""
        key = str(uuid4())
        self._post(500, key=key, **self._approved())
        self.assertEqual(self._post(500, key=key)["status"], "ok")
        self.assertEqual(self._balance(), 1500)
        self.assertEqual(self._post(500)["status"], "pin_needed")

    def test_bad_requests(self):
        """PTS-08: what no till would send moves nothing."""
        bad = (
            {"points": 0},
            {"points": 1.5},
            {"points": True},
            {"points": "10"},
            {"points": 10**12, **self._approved()},
            {"key": ""},
            {"key": "manual:1"},
            {"key": "test:start"},
            {"reason_id": False},
            {"reason_id": 10**9},
            {"reason_id": [self.reason.id]},
            {"reason_id": self.env.ref("o2o_member.o2o_points_reason_gift").id},
            {"reason_id": self.env.ref("o2o_member.o2o_points_reason_other").id},
            {
                "reason_id": self.env.ref("o2o_member.o2o_points_reason_other").id,
                "note": "  ",
            },
        )
        for values in bad:
            with self.subTest(values=values):
                self.assertEqual(self._post(**values)["status"], "refused")
        self.assertEqual(
            self.till.post_points(self.config.id, self.member.id, None)["status"],
            "refused",
        )
        self.assertEqual(self._balance(), 1000)

    def test_who_has_no_card(self):
        """CARD-04: no points without a card."""
        customer = self.env["res.partner"].create({"name": "No card"})
        self.assertEqual(self._post(10, customer)["status"], "refused")

    def test_operations_stay(self):
        """PTS-08: a record of who did what is not edited."""
        self._post(10)
        operation = self._operations()
        with self.assertRaises(UserError):
            operation.note = "nothing happened"
        with self.assertRaises(UserError):
            operation.unlink()

    # === limits ===

    def test_above_the_limit_of_an_operation(self):
        """PTS-08: a supervisor is asked for, adding or deducting."""
        for points in (101, -101):
            with self.subTest(points=points):
                self.assertEqual(self._post(points)["status"], "pin_needed")
        self.assertEqual(self._post(100)["status"], "ok")

    def test_above_the_limit_of_the_day(self):
        """PTS-08: many small ones add up, and adding does not pay for deducting."""
        self._post(100)
        self.assertEqual(self._post(-50)["status"], "ok")
        self.assertEqual(self._post(1)["status"], "pin_needed")
        self.assertEqual(
            self.till.points_form(self.config.id)["limits"],
            {"per_operation": 100, "left_today": 0},
        )

    def test_the_limit_of_the_day_starts_again(self):
        """PTS-08: yesterday's points do not count today."""
        self._post(100)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE o2o_points_operation"
            " SET create_date = create_date - interval '1 day'"
        )
        self.assertEqual(
            self.till.points_form(self.config.id)["limits"]["left_today"], 150
        )

    def test_approved_points_do_not_use_up_the_day(self):
        """PTS-08: the supervisor answers for them."""
        self._post(500, **self._approved())
        self.assertEqual(
            self.till.points_form(self.config.id)["limits"]["left_today"], 150
        )

    def test_a_supervisor_at_the_till_needs_no_pin(self):
        """PTS-08: who may adjust points in the back office may do so here."""
        self.manager.group_ids += self.env.ref("point_of_sale.group_pos_user")
        till = self.till.with_user(self.manager)
        self.assertEqual(self._post(900, till=till)["status"], "ok")

    # === PIN ===

    def test_approved(self):
        """PTS-08: who approved is on record."""
        answer = self._post(500, **self._approved())
        self.assertEqual(answer["status"], "ok", answer)
        self.assertEqual(self._operations().supervisor_id, self.manager)
        self.assertEqual(answer["slip"]["supervisor"], self.manager.name)

    @mute_logger(_TILL_LOGGER)
    def test_wrong_pin(self):
        """PTS-08: nothing happens, and the try is counted."""
        for pin in ("294818", "", "29481", 294817, None, "294817 ", [PIN]):
            with self.subTest(pin=pin):
                self.assertIn(
                    self._post(500, **self._approved(pin))["status"],
                    ("pin_wrong", "pin_needed", "pin_locked"),
                )
        self.assertEqual(self._balance(), 1000)

    @mute_logger(_TILL_LOGGER)
    def test_brute_force_stops(self):
        """PTS-08: five tries, then even the right PIN waits fifteen minutes."""
        for _index in range(MAX_PIN_FAILURES):
            answer = self._post(500, **self._approved("000001"))
            self.assertEqual(answer["status"], "pin_wrong")
        self.assertEqual(self._post(500, **self._approved())["status"], "pin_locked")
        self.assertEqual(self._balance(), 1000)
        later = fields.Datetime.now() - timedelta(minutes=PIN_WINDOW_MINUTES, seconds=5)
        self.env.flush_all()
        self.env.cr.execute("UPDATE o2o_pin_attempt SET create_date = %s", [later])
        self.assertEqual(self._post(500, **self._approved())["status"], "ok")

    @mute_logger(_TILL_LOGGER)
    def test_brute_force_spread_over_cashiers_stops(self):
        """PTS-08: the tries of all cashiers at one PIN count together."""
        for index in range(MAX_PIN_FAILURES):
            thief = new_test_user(
                self.env,
                login=f"o2o_m_thief_{index}",
                groups="point_of_sale.group_pos_user",
            )
            self._post(500, till=self.till.with_user(thief), **self._approved("000001"))
        self.assertEqual(self._post(500, **self._approved())["status"], "pin_locked")

    @mute_logger(_TILL_LOGGER)
    def test_brute_force_spread_over_supervisors_stops(self):
        """PTS-08: so do the tries of one cashier at all PINs."""
        second = new_test_user(
            self.env, login="o2o_m_boss", groups="o2o_member.o2o_member_group_manager"
        )
        second.with_user(second).o2o_pin = "739154"
        for index in range(MAX_PIN_FAILURES):
            supervisor = (self.manager, second)[index % 2]
            self._post(500, supervisor_id=supervisor.id, pin="000001")
        answer = self._post(500, supervisor_id=second.id, pin="739154")
        self.assertEqual(answer["status"], "pin_locked")

    def test_nobody_approves_their_own(self):
        """PTS-08: four eyes; and only supervisors approve."""
        self.assertNotIn(
            self.cashier.id,
            [
                user["id"]
                for user in self.till.points_form(self.config.id)["supervisors"]
            ],
        )
        answer = self._post(500, supervisor_id=self.cashier.id, pin=PIN)
        self.assertEqual(answer["status"], "pin_needed")
        # sudo, as an administrator would by mistake
        self.cashier.sudo().o2o_pin_hash = self.manager.sudo().o2o_pin_hash
        answer = self._post(500, supervisor_id=self.cashier.id, pin=PIN)
        self.assertEqual(answer["status"], "pin_needed")

    def test_no_supervisor_at_all(self):
        """PTS-08: says what to do."""
        self.env["res.users"].search([]).o2o_pin_hash = False
        answer = self._post(500)
        self.assertEqual(answer["status"], "refused")
        self.assertIn("preferences", answer["message"])

    def test_who_lost_the_role_approves_no_more(self):
        """PTS-08: the PIN alone is no right."""
        self.manager.group_ids -= self.env.ref("o2o_member.o2o_member_group_manager")
        self.assertNotEqual(self._post(500, **self._approved())["status"], "ok")

    def test_pin_is_kept_as_a_hash(self):
        """PTS-08: nobody reads a PIN, not even its owner."""
        stored = self.manager.sudo().o2o_pin_hash
        self.assertTrue(stored.startswith("$pbkdf2"))
        self.assertFalse(self.manager.with_user(self.manager).o2o_pin)
        for user in (self.manager, self.cashier):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.manager.with_user(user).read(["o2o_pin_hash"])
        loaded = self.env["res.users"]._load_pos_data_fields(self.config)
        self.assertFalse([name for name in loaded if "pin" in name])

    def test_own_pin_only(self):
        """PTS-08: no cashier gives a supervisor a PIN, nor herself one."""
        with self.assertRaises(AccessError):
            self.manager.with_user(self.cashier).write({"o2o_pin": "739154"})
        with self.assertRaises(ValidationError):
            self.cashier.with_user(self.cashier).write({"o2o_pin": "739154"})

    def test_weak_pins(self):
        """PTS-08: the first ones a thief tries."""
        for pin in (
            "000000",
            "123456",
            "654321",
            "12345",
            "1234567",
            "12a456",
            "１２３９５６",
        ):
            with self.subTest(pin=pin), self.assertRaises(ValidationError):
                self.manager.with_user(self.manager).o2o_pin = pin

    # === who ===

    def test_direct_calls(self):
        """PTS-08: by RPC past the screen."""
        for user in (self.portal, self.employee, self.user):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._post(till=self.till.with_user(user))
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.till.with_user(user).points_form(self.config.id)
        with self.assertRaises(AccessError):
            self.env["o2o.points.operation"].with_user(self.cashier).create({})
        for model in ("o2o.pin.attempt", "o2o.member.lookup", "o2o.points.operation"):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.env[model].with_user(self.cashier).search([])

    def test_closed_till(self):
        """PTS-08: no session, no points."""
        self.session.state = "closed"
        with self.assertRaises(UserError):
            self._post()

    def test_other_company(self):
        """PTS-08: members of another company are unknown here."""
        other = self.env["res.company"].create({"name": "Other"})
        theirs = self.env["res.partner"].create(
            {"name": "Theirs", "company_id": other.id}
        )
        self.assertEqual(self._post(10, theirs)["status"], "refused")
