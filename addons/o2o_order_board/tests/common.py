from odoo.tests import new_test_user

from odoo.addons.o2o_order.tests.common_sourcing import SourcingCase


class BoardCase(SourcingCase):
    """The small chain, seen from head office and from its stores."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store_manager = new_test_user(
            cls.env,
            "o2o_store_manager",
            groups="base.group_user,point_of_sale.group_pos_manager",
        )
        cls.near.user_ids |= cls.store_manager
        cls.auditor = new_test_user(
            cls.env,
            "o2o_auditor",
            groups="base.group_user,o2o_member.o2o_member_group_auditor",
        )

    def _board(self, user=None):
        boards = self.env["o2o.order.board"].with_user(user or self.head_office_user)
        return boards.get_board()

    def _card(self, store, user=None):
        [card] = [row for row in self._board(user)["stores"] if row["id"] == store.id]
        return card

    def _row(self, fulfillment, user=None):
        rows = [r for r in self._board(user)["queue"] if r["id"] == fulfillment.id]
        return rows[0] if rows else None

    def _ring(self, store, sound="allowed"):
        """A till of the store is open."""
        self.env["o2o.till.presence"]._touch(
            self._till(store).id, {"device": "A", "sound": sound}
        )

    def _place_unfillable(self):
        """An order of goods that no store has enough of."""
        self._publish({}, ["choice"])
        fulfillment = self._place([(self.scarce, 3)])
        self.assertTrue(fulfillment.needs_region)
        return fulfillment
