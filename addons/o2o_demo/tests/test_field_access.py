"""Who has rights of Odoo only can still read Odoo's records.

``read()`` without names takes every field: a list of records that a user may not read
makes it fail, unless the field is for those who may.
"""

from odoo.tests import TransactionCase, tagged

from .test_dependencies import find_addons


@tagged("post_install", "-at_install")
class TestFieldAccess(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addons = set(find_addons())
        cls.readers = {}
        for access in cls.env["ir.model.access"].search([("perm_read", "=", True)]):
            cls.readers.setdefault(access.model_id.model, []).append(access.group_id)

    def _find_blind(self, field):
        """Groups that read the model of a field and not what it lists."""
        wanted = self.readers.get(field.comodel_name, [])
        if any(not group for group in wanted):
            return []
        if field.groups:
            groups = [self.env.ref(name) for name in field.groups.split(",")]
        else:
            groups = self.readers.get(field.model_name, [])
        return [
            group
            for group in groups
            if not group.all_implied_ids & self.env["res.groups"].union(*wanted)
        ]

    def test_lists_that_ours_add(self):
        """ORD-05: a salesperson without our rights opens an order."""
        found = set()
        for model in self.env.registry.values():
            if model._original_module in self.addons or model._abstract:
                continue
            for field in model._fields.values():
                if (
                    field.type in ("one2many", "many2many")
                    and field._modules
                    and self.addons.issuperset(field._modules)
                ):
                    for group in self._find_blind(field):
                        found.add((str(field), group.full_name or "everybody"))
        self.assertFalse(sorted(found))
