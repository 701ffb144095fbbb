from odoo.tests import tagged

from .common_till import TillCommon


@tagged("post_install", "-at_install")
class TestTillLoading(TillCommon):
    """POS-02: a till opens without loading members."""

    def setUp(self):
        super().setUp()
        self.buyer = self._create_till_member("李雷", "88000900", "13900000900")
        self.other = self._create_till_member("韩梅梅", "88000901", "13900000901")

    def _create_order(self, partner, state="draft"):
        order = self.env["pos.order"].create(
            {
                "session_id": self.session.id,
                "partner_id": partner.id,
                "state": state,
                "amount_tax": 0,
                "amount_total": 0,
                "amount_paid": 0,
                "amount_return": 0,
            }
        )
        self.env.flush_all()
        return order

    def _loaded_ids(self):
        data = self.session.with_user(self.user_of_till()).load_data([])
        return {row["id"] for row in data["res.partner"]}

    def user_of_till(self):
        # a cashier as the back office makes one
        self.cashier.group_ids += self.env.ref("base.group_user")
        return self.cashier

    def test_members_are_not_loaded(self):
        """POS-02: nobody but the cashier, however many members there are."""
        loaded = self._loaded_ids()
        self.assertIn(self.cashier.partner_id.id, loaded)
        members = self.env["res.partner"].search([("o2o_card_ids", "!=", False)])
        self.assertFalse(loaded & set(members.ids))

    def test_customers_of_open_orders_are_loaded(self):
        """POS-02: a sale that was interrupted keeps its customer."""
        self._create_order(self.buyer)
        loaded = self._loaded_ids()
        self.assertIn(self.buyer.id, loaded)
        self.assertNotIn(self.other.id, loaded)

    def test_customer_list_opens_with_who_was_here(self):
        """POS-02: core's own list, without a query: regulars, then the newest."""
        self._create_order(self.buyer, "paid")
        newest = self.env["res.partner"].create({"name": "O2O Newest"})
        rows = [row[0] for row in self.config.get_limited_partners_loading()]
        self.assertEqual(rows[:2], [self.buyer.id, newest.id])
        self.assertIn(self.other.id, rows)
        self.assertEqual(len(rows), len(set(rows)))

    def test_customer_list_goes_on_where_it_was(self):
        """POS-02: scrolling shows each customer once."""
        self._create_order(self.buyer, "paid")
        first = self.config.get_limited_partners_loading()
        more = self.config.get_limited_partners_loading(offset=1)
        self.assertEqual(more[: len(first) - 1], first[1:])

    def test_customer_list_finds_everybody(self):
        """POS-02: core's own list, with a query."""
        found = (
            self.env["res.partner"]
            .with_user(self.user_of_till())
            .get_new_partner(self.config.id, [["name", "ilike", "韩梅%"]], 0)
        )
        self.assertIn(self.other.id, [row["id"] for row in found["res.partner"]])
