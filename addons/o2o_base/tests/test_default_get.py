from unittest.mock import patch

from odoo.tests import TransactionCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestDefaultGet(TransactionCase):
    """What is closed begins as it is declared; all else is Odoo's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(cls.env, "o2o_base_clerk", "base.group_user")

    def _get_defaults(self, closed):
        currencies = self.env["res.currency"].with_user(self.clerk).sudo()
        claims = {"default_position": "before", "default_symbol": "x"}
        with patch.object(
            type(currencies), "_o2o_get_closed_fields", lambda self: closed
        ):
            found = currencies.with_context(**claims).default_get(
                ["position", "symbol", "rounding"]
            )
        return found

    def test_closed_fields_begin_as_declared(self):
        found = self._get_defaults(frozenset(("position", "symbol")))
        self.assertEqual(found, {"position": "after", "rounding": 0.01})

    def test_other_fields_are_odoos(self):
        found = self._get_defaults(frozenset())
        self.assertEqual(found, {"position": "before", "symbol": "x", "rounding": 0.01})

    def test_models_of_odoo_have_none(self):
        self.assertFalse(
            self.env["res.currency"].with_user(self.clerk)._o2o_get_closed_fields()
        )

    def test_who_may_not_create(self):
        currencies = self.env["res.currency"]
        self.assertTrue(currencies.with_user(self.clerk)._o2o_is_created_for_user())
        self.assertTrue(
            currencies.with_user(self.clerk).sudo()._o2o_is_created_for_user()
        )
        self.assertFalse(
            currencies.with_user(
                self.env.ref("base.user_admin")
            )._o2o_is_created_for_user()
        )
