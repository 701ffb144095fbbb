"""Each addon can be installed with nothing but what it depends on.

Tests run with everything installed, where a field or a record of an app that an addon
does not depend on is there by chance.
"""

import ast
import re
from pathlib import Path

from lxml import etree

from odoo.modules import Manifest
from odoo.tests import TransactionCase, tagged

_NAME = re.compile(r"^([a-z0-9_]+)\.([a-zA-Z0-9_]+)$")
_REFERENCE = re.compile(r"\b([a-z0-9_]+)\.([a-zA-Z0-9_]+)\b")


def find_addons():
    """Ours: the addons beside this one."""
    root = Path(__file__).parents[2]
    return sorted(path.parent.name for path in root.glob("o2o_*/__manifest__.py"))


def _with_dependencies(names):
    """What is installed when these addons are."""
    found, left = set(), set(names)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left.update(Manifest.for_addon(name)["depends"])
    return found


def _read_strings(path):
    """String constants of a file of Python, but docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _read_imports(path):
    """Addons that a file of Python imports from."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level and node.module:
            parts = [node.module, *(f"{node.module}.{it.name}" for it in node.names)]
        elif isinstance(node, ast.Import):
            parts = [it.name for it in node.names]
        else:
            continue
        for part in parts:
            if part.startswith("odoo.addons."):
                yield part.split(".")[2]


@tagged("post_install", "-at_install")
class TestDependencies(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.addons = find_addons()
        cls.known = {name: _with_dependencies([name]) for name in cls.addons}
        cls.root = Path(__file__).parents[2]

    def _code(self, addon):
        """Its Python, without tests, and what runs outside of Odoo."""
        for path in (self.root / addon).rglob("*.py"):
            folder = path.relative_to(self.root / addon).parts[0]
            if not folder.startswith("tests") and folder != "iot_handlers":
                yield path

    def _check(self, addon, found):
        """:param found: iterable of (what it is, addon that has it)"""
        stranger = sorted(
            {(what, owner) for what, owner in found if owner not in self.known[addon]}
        )
        self.assertFalse(stranger, f"{addon} does not depend on these")

    def test_there_are_addons(self):
        self.assertIn("o2o_wallet", self.addons)
        self.assertIn("account", self.known["o2o_wallet"])
        self.assertNotIn("purchase", self.known["o2o_catalog"])

    def test_imports(self):
        for addon in self.addons:
            with self.subTest(addon=addon):
                self._check(
                    addon,
                    (
                        (path.name, owner)
                        for path in self._code(addon)
                        for owner in _read_imports(path)
                    ),
                )

    def test_records(self):
        """Records of others, by external id: in data, views and code."""
        names = self._find_external_ids()
        for addon in self.addons:
            with self.subTest(addon=addon):
                self._check(
                    addon,
                    (
                        (name, owner)
                        for name in self._find_references(addon)
                        for owner in names.get(name, ())
                    ),
                )

    def _find_external_ids(self):
        self.env.cr.execute("SELECT module, name FROM ir_model_data")
        found = {}
        for module, name in self.env.cr.fetchall():
            found.setdefault(f"{module}.{name}", []).append(module)
        return found

    def _find_references(self, addon):
        manifest = Manifest.for_addon(addon)
        for name in manifest["data"]:
            path = self.root / addon / name
            if path.suffix == ".xml":
                for node in etree.parse(str(path)).iter(etree.Element):
                    for text in (node.text or "", *node.attrib.values()):
                        yield from (it.group() for it in _REFERENCE.finditer(text))
            else:
                text = path.read_text(encoding="utf-8")
                yield from (it.group() for it in _REFERENCE.finditer(text))
        for path in self._code(addon):
            yield from filter(_NAME.match, _read_strings(path))

    def test_fields(self):
        """What our fields are made of: currencies, paths of related ones, models."""
        for addon in self.addons:
            with self.subTest(addon=addon):
                self._check(addon, self._find_parts(addon))

    def _find_parts(self, addon):
        for model in self.env.registry.values():
            for field in model._fields.values():
                if addon not in field._modules:
                    continue
                yield from self._find_parts_of(addon, field)

    def _find_parts_of(self, addon, field):
        paths = [field.related or ""]
        if field.type == "monetary":
            paths.append(field.get_currency_field(self.env[field.model_name]))
        for path in filter(None, paths):
            model = self.env[field.model_name]
            for name in path.split("."):
                part = model._fields[name]
                yield f"{field} needs {part}", self._owner(addon, part._modules)
                model = self.env[part.comodel_name] if part.relational else model
        if field.relational:
            yield (
                f"{field} needs {field.comodel_name}",
                self._owner(addon, self._find_makers(field.comodel_name)),
            )

    def _find_makers(self, model_name):
        """Addons that make a model, or one that it is made of."""
        return {
            cls._module
            for cls in type(self.env[model_name]).mro()
            if getattr(cls, "_module", None) and cls._name == model_name
        }

    def _owner(self, addon, modules):
        """One that the addon depends on, else any."""
        return next(
            (name for name in modules if name in self.known[addon]),
            next(iter(modules), "base"),
        )

    def test_views(self):
        """Fields in our views, where their model is known without the view above."""
        for addon in self.addons:
            with self.subTest(addon=addon):
                self._check(addon, self._find_shown(addon))

    def _find_shown(self, addon):
        ids = self.env["ir.model.data"].search(
            [("module", "=", addon), ("model", "=", "ir.ui.view")]
        )
        for view in self.env["ir.ui.view"].browse(ids.mapped("res_id")):
            model = self.env.get(view.model) if view.model else None
            if model is None:
                continue
            for node in etree.fromstring(view.arch_db).iter("field"):
                if any(it.tag == "field" for it in node.iterancestors()):
                    continue
                field = model._fields.get(node.get("name"))
                if field is not None and field._modules:
                    yield (
                        f"{view.xml_id} shows {field}",
                        self._owner(addon, field._modules),
                    )
