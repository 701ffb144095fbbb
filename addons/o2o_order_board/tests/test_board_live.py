from unittest.mock import patch

from odoo.tests import new_test_user, tagged

from ..models.o2o_order_board_live import CHANNEL, MESSAGE
from .common import BoardCase


@tagged("post_install", "-at_install")
class TestBoardLive(BoardCase):
    """ROUT-11: those who look and may see are woken, and told nothing."""

    def _told(self, function):
        """:return: channels woken while ``function`` runs"""
        self.env.cr.precommit.data.pop("o2o_order_board.told", None)
        told = []
        bus = type(self.env["bus.bus"])

        def send(_self, target, kind, payload):
            if kind == MESSAGE:
                self.assertEqual(payload, {})
                told.append(target)

        with patch.object(bus, "_sendone", send):
            function()
        return told

    def _channels(self, user):
        return self.env["o2o.order.board"].with_user(user)._get_bus_channels()

    def test_new_order_wakes_head_office_and_the_store(self):
        told = self._told(lambda: self._place([(self.product, 1)]))
        self.assertIn((self.company, CHANNEL), told)
        self.assertIn((self.near, CHANNEL), told)
        self.assertNotIn((self.far, CHANNEL), told)

    def test_one_message_for_a_transaction(self):
        """Ten orders at once are one look at the board."""
        told = self._told(
            lambda: [self._place([(self.product, 1)]) for _number in range(3)]
        )
        self.assertEqual(len(told), len(set(told)))

    def test_store_that_loses_an_order_is_woken(self):
        fulfillment = self._place([(self.product, 1)])
        told = self._told(lambda: fulfillment._turn_down(self.reason))
        self.assertIn((self.near, CHANNEL), told)
        self.assertIn((fulfillment.store_id, CHANNEL), told)

    def test_order_nobody_can_serve_wakes_head_office_alone(self):
        told = self._told(self._place_unfillable)
        self.assertEqual(told, [(self.company, CHANNEL)])

    def test_break_of_a_store_is_seen_at_once(self):
        told = self._told(lambda: self.near._pause(10))
        self.assertEqual(set(told), {(self.company, CHANNEL), (self.near, CHANNEL)})
        self.assertFalse(self._told(lambda: self.near.write({"score": 50.0})))

    def test_channels_are_those_of_the_rights(self):
        """ROUT-11: nobody subscribes to what they may not see."""
        self.assertIn((self.company, CHANNEL), self._channels(self.head_office_user))
        self.assertEqual(self._channels(self.cashier), [(self.near, CHANNEL)])
        employee = new_test_user(self.env, "o2o_employee", groups="base.group_user")
        for user in (employee, self.member, self.env.ref("base.public_user")):
            self.assertEqual(self._channels(user), [])

    def test_subscription_is_translated_by_the_server(self):
        """A browser asks for the board; what that means is not its business."""
        websocket = self.env["ir.websocket"]
        seen = []
        base = type(websocket).mro()

        def build(_self, channels):
            seen.extend(channels)
            return channels

        parent = next(
            cls
            for cls in base
            if cls.__module__ == "odoo.addons.bus.models.ir_websocket"
        )
        with patch.object(parent, "_build_bus_channel_list", build):
            websocket.with_user(self.cashier)._build_bus_channel_list(
                [CHANNEL, "other"]
            )
            self.assertNotIn(CHANNEL, seen)
            self.assertIn((self.near, CHANNEL), seen)
            self.assertIn("other", seen)
            seen.clear()
            websocket.with_user(self.cashier)._build_bus_channel_list(["other"])
            self.assertNotIn((self.near, CHANNEL), seen)
