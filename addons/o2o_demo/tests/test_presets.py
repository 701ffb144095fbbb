"""Nobody presets what only the server says, of any model of the suite."""

from odoo.tests import TransactionCase, new_test_user, tagged

from .test_dependencies import find_addons

#: those that a user without rights of ours makes all by himself
_FREE = ("o2o.search.log",)


@tagged("post_install", "-at_install")
class TestPresets(TransactionCase):
    """Invariant 7: a call brings a context, and a user keeps defaults of his own; code
    that creates a record for him, elevated, fills it in by itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(
            cls.env, "o2o_presets", "base.group_user,point_of_sale.group_pos_user"
        )
        addons = set(find_addons())
        cls.fields = [
            field
            for model in cls.env.registry.values()
            if model._original_module in addons and model._auto and not model._transient
            for field in model._fields.values()
            if field.store and field.type in ("selection", "integer", "monetary")
        ]

    def _elevated(self, field, **context):
        model = self.env[field.model_name].with_user(self.clerk)
        return model.sudo().with_context(**context)

    def _own(self, field):
        """What the field is declared to begin with."""
        return field.default(self.env[field.model_name]) if field.default else None

    def _other(self, field):
        if field.type != "selection":
            return 4711
        values = field.get_values(self.env)
        return next((it for it in values if it != self._own(field)), None)

    def _check(self, get_defaults):
        wrong = set()
        for field in self.fields:
            other = self._other(field)
            if other is None or field.model_name in _FREE:
                continue
            found = get_defaults(field, other).get(field.name)
            if found == other:
                wrong.add(str(field))
        self.assertFalse(sorted(wrong))

    def test_there_are_fields(self):
        self.assertIn("o2o.payment.intent.state", map(str, self.fields))
        self.assertGreater(len(self.fields), 100)

    def test_context(self):
        """Invariant 7: ``default_state`` of a call makes nothing paid."""
        self._check(
            lambda field, other: self._elevated(
                field, **{f"default_{field.name}": other}
            ).default_get([field.name])
        )

    def test_defaults_that_users_save(self):
        """Invariant 7: nor does what somebody keeps as his default."""

        def get_defaults(field, other):
            defaults = self.env["ir.default"].with_user(self.clerk)
            defaults.set(field.model_name, field.name, other, user_id=True)
            return self._elevated(field).default_get([field.name])

        self._check(get_defaults)

    def test_own_defaults_count(self):
        """What a field is declared with is what it begins with."""
        for field in self.fields:
            own = self._own(field)
            if own is not None:
                found = self._elevated(field).default_get([field.name])
                self.assertEqual(found.get(field.name), own, field)

    def test_orders_and_payments_of_odoo(self):
        """Invariant 7: who shops names no price, no state and no payment."""
        defaults = self.env["ir.default"].with_user(self.clerk)
        for model, name, value in (
            ("payment.transaction", "state", "done"),
            ("sale.order", "state", "sale"),
            ("sale.order", "o2o_review_state", "approved"),
            ("sale.order.line", "price_unit", 0.01),
            ("res.partner", "o2o_level_id", self.env["o2o.level"].search([])[:1].id),
        ):
            with self.subTest(model=model, name=name):
                field = self.env[model]._fields[name]
                found = self._elevated(field, **{f"default_{name}": value})
                self.assertNotEqual(found.default_get([name]).get(name), value)
                defaults.set(model, name, value, user_id=True)
                found = self._elevated(field).default_get([name])
                self.assertNotEqual(found.get(name), value)
