from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from ..models import o2o_member_till_activation
from .common_till import TillCommon


@tagged("post_install", "-at_install")
class TestTillCard(TillCommon):
    """Idea 10: one member on one screen."""

    def _card(self, till=None):
        till = self.till if till is None else till
        answer = till.member_card(self.config.id, self.member.id)
        self.assertEqual(answer["status"], "ok", answer)
        return answer["card"]

    def test_level(self):
        """MEM-06, idea 21: the level, and what is missing to the next one."""
        level = self._card()["level"]
        self.assertEqual(level["level"]["name"], self.member.o2o_level_id.name)
        self.assertIn("next", level)

    def test_card(self):
        """PTS-08, idea 10: name, masked phone, card, points."""
        self.member._o2o_post_points(120, "manual", "test:1")
        card = self._card()
        self.assertEqual(card["name"], "陈晓雨")
        self.assertEqual(card["phone"], "138****8001")
        self.assertEqual(card["card"]["number"], "88000101")
        self.assertTrue(card["is_member"])
        self.assertEqual(card["points"]["available"], 120)

    def test_whole_phone_for_member_staff(self):
        """MEM-10: who may read it in the back office reads it here."""
        self.user.group_ids += self.env.ref("point_of_sale.group_pos_user")
        self.assertEqual(
            self._card(self.till.with_user(self.user))["phone"], "138 0013 8001"
        )

    def test_usable_coupons(self):
        """Idea 10: those this till takes today, and no others."""
        other_till = self.env["pos.config"].create({"name": "Till Two"})
        today = self.env.company._o2o_today()
        program = self._create_program("Ten off")
        usable = self._create_coupon(program, expiration_date=today)
        self._create_coupon(program, expiration_date=today - timedelta(days=2))
        self._create_coupon(program, points=0)
        self._create_coupon(self._create_program("Online", pos_ok=False))
        self._create_coupon(
            self._create_program("There", pos_config_ids=[Command.set(other_till.ids)])
        )
        self.assertEqual(
            [(row["name"], row["code"]) for row in self._card()["coupons"]],
            [("Ten off", usable.code)],
        )

    def test_last_purchases(self):
        """Idea 10: till and website, newest first, three of them."""
        now = fields.Datetime.now()
        for days in (1, 3, 5):
            order = self.env["sale.order"].create({"partner_id": self.member.id})
            order.write({"state": "sale", "date_order": now - timedelta(days=days)})
        self.env["sale.order"].create({"partner_id": self.member.id})
        receipt = self.env["pos.order"].create(
            {
                "session_id": self.session.id,
                "partner_id": self.member.id,
                "pos_reference": "26-001-000001",
                "state": "paid",
                "date_order": now - timedelta(days=2),
                "amount_tax": 0,
                "amount_total": 88,
                "amount_paid": 88,
                "amount_return": 0,
            }
        )
        purchases = self._card()["purchases"]
        self.assertEqual(
            [row["origin"] for row in purchases], ["online", "till", "online"]
        )
        self.assertEqual(purchases[1]["name"], receipt.pos_reference)
        self.assertEqual(purchases[1]["amount"], 88)

    def test_note(self):
        """Idea 10: written by one cashier, read by the next."""
        self.member.comment = "<p>Likes <b>aged</b></p>"
        note = self._card()["note"]
        answer = self.till.save_note(
            self.config.id, self.member.id, "<script>x</script> no smoke", note
        )
        self.assertEqual(answer["status"], "ok")
        self.assertEqual(self._card()["note"], "<script>x</script> no smoke")
        self.assertNotIn("<script>", self.member.comment)

    def test_note_changed_meanwhile(self):
        """Idea 10: nobody's words are lost."""
        note = self._card()["note"]
        self.member.comment = "<p>new</p>"
        answer = self.till.save_note(self.config.id, self.member.id, "mine", note)
        self.assertEqual((answer["status"], answer["note"]), ("refused", "new"))

    def test_note_by_others(self):
        """Idea 10: not by RPC past the till."""
        with self.assertRaises(AccessError):
            self.till.with_user(self.portal).save_note(
                self.config.id, self.member.id, "x", ""
            )

    def test_cost_of_a_card(self):
        """Idea 10: one screen, a fixed number of queries."""
        self._card()
        self.env.invalidate_all()
        # of which one is the wallet's, where that is installed
        with self.assertQueryCount(31):
            self._card()

    def _create_program(self, name, **values):
        return self.env["loyalty.program"].create(
            {
                "name": name,
                "program_type": "coupons",
                "pos_ok": True,
                "reward_ids": [Command.create({})],
                **values,
            }
        )

    def _create_coupon(self, program, **values):
        return self.env["loyalty.card"].create(
            {
                "program_id": program.id,
                "partner_id": self.member.id,
                "points": 1,
                **values,
            }
        )


@tagged("post_install", "-at_install")
class TestTillActivation(TillCommon):
    """CARD-03, CARD-04: activation for the customer standing there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.card = cls._create_card("88000500", "135790")

    def _activate(self, **values):
        return self.till.activate(
            self.config.id,
            {
                "name": "王芳",
                "phone": "139 1111 2222",
                "number": "8800 0500",
                "code": "135790",
                **values,
            },
        )

    def _people(self):
        return self.env["res.partner"].search([("phone", "like", "13911112222")])

    def test_new_member(self):
        """CARD-03: four fields make a member, and the card opens."""
        answer = self._activate()
        self.assertEqual(answer["status"], "ok", answer)
        self.assertEqual(answer["card"]["name"], "王芳")
        self.assertTrue(answer["card"]["is_member"])
        self.assertEqual(self.card.partner_id, self._people())
        self.assertEqual(self.card.partner_id.phone, "13911112222")

    def test_known_phone_is_offered(self):
        """MEM-11: a contact with this phone is not doubled."""
        known = self.env["res.partner"].create(
            {"name": "王小芳", "phone": "+86 139-1111-2222"}
        )
        self.env.flush_all()
        answer = self._activate()
        self.assertEqual(answer["status"], "exists")
        self.assertEqual([row["id"] for row in answer["rows"]], known.ids)
        self.assertEqual(self.card.state, "new")
        answer = self._activate(partner_id=known.id)
        self.assertEqual(answer["status"], "ok", answer)
        self.assertEqual(self.card.partner_id, known)

    def test_somebody_else_with_the_same_phone(self):
        """CARD-03: mother and daughter share a phone."""
        self.env["res.partner"].create({"name": "Mother", "phone": "13911112222"})
        self.env.flush_all()
        self.assertEqual(self._activate(partner_id=0)["status"], "ok")
        self.assertEqual(self.card.partner_id.name, "王芳")

    def test_wrong_fields(self):
        """CARD-03: each text at its field."""
        answer = self._activate(name=" ", phone="12", number="", code="12")
        self.assertEqual(answer["status"], "invalid")
        self.assertEqual(set(answer["errors"]), {"name", "phone", "number", "code"})

    def test_wrong_code(self):
        """CARD-04: counted, and no contact is left behind."""
        for _index in range(3):
            answer = self._activate(code="000000")
            self.assertEqual(answer["errors"], {"code": answer["errors"]["code"]})
        answer = self._activate()
        self.assertIn("form", answer["errors"])
        self.assertFalse(self._people())
        self.assertEqual(self.card.state, "new")

    def test_trying_many_cards(self):
        """CARD-04: a cashier trying codes of one card after the other is stopped."""
        with patch.object(o2o_member_till_activation, "MAX_ACTIVATION_FAILURES", 4):
            for index in range(4):
                answer = self._activate(number=f"9900000{index}", partner_id=0)
                self.assertIn("code", answer["errors"])
            answer = self._activate()
        self.assertIn("form", answer["errors"])
        self.assertEqual(self.card.state, "new")

    def test_card_in_use(self):
        """CARD-04: told only to who knows its code."""
        self._activate()
        answer = self._activate(phone="13900009999", code="135790")
        self.assertIn("number", answer["errors"])

    def test_member_already(self):
        """CARD-04: one active card each."""
        answer = self._activate(partner_id=self.member.id)
        self.assertIn("form", answer["errors"])

    def test_by_others(self):
        """CARD-03: not by RPC past the till."""
        for user in (self.portal, self.employee):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.till.with_user(user).activate(self.config.id, {})

    def test_contact_of_another_company(self):
        """CARD-03: is as good as unknown."""
        other = self.env["res.company"].create({"name": "Other"})
        theirs = self.env["res.partner"].create(
            {"name": "Theirs", "phone": "13911112222", "company_id": other.id}
        )
        self.env.flush_all()
        self.assertEqual(self._activate(partner_id=theirs.id)["status"], "ok")
        self.assertNotEqual(self.card.partner_id, theirs)
