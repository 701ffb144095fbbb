"""Reading the tables of the proof, and taking plain Python away."""

import sys
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from types import ModuleType, SimpleNamespace
from unittest import TestCase

import pytest

from o2o_cli import commands, proof
from o2o_cli.errors import StepFailed, UsageError
from o2o_cli.stack import Stack
from o2o_proof import plugin, removing, tables

MODEL = '''
class Base:
    def total(self, more=0):
        return more


class Order(Base):
    """An order."""

    _number_uniq = "UNIQUE (number)"

    def total(self, more=0):
        """:return: what it costs"""
        result = super().total(more)
        if more < 0:
            raise ValueError(more)
        return result + 5

    @property
    def label(self):
        return "order"


def double(number):
    return 2 * number
'''
TEST = '''
class TestOrder:
    """ORD-01 and more."""

    def test_total(self):
        """ORD-02: what it costs."""
'''


@pytest.fixture
def addons(tmp_path: Path) -> Path:
    for name, text in (
        ("models/order.py", MODEL),
        ("tests/test_order.py", TEST),
        ("views/order.xml", '<template id="page"><b>total</b></template> total'),
    ):
        path = tmp_path / "o2o_some" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def model(addons: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The file as Odoo would have imported it."""
    path = addons / "o2o_some/models/order.py"
    name = "odoo.addons.o2o_some.models.order"
    module = ModuleType(name)
    module.__file__ = str(path)
    monkeypatch.setitem(sys.modules, name, module)
    exec(compile(MODEL, str(path), "exec"), vars(module))
    monkeypatch.setattr(removing, "import_module", sys.modules.__getitem__)
    return module


def removal(name: str = "Order.total", **values: object) -> tables.Removal:
    entry = {
        "rule": "it costs",
        "test": "o2o_some/tests/test_order.py::TestOrder.test_total",
        "without": f"o2o_some/models/order.py::{name}",
        **values,
    }
    return tables._removal("ORD-02", entry)


def write(folder: Path, text: str) -> Path:
    (folder / "order.toml").write_text(text, encoding="utf-8")
    return folder


def test_table_is_read(tmp_path):
    text = '[[ORD-02]]\nrule = "r"\ntest = "t"\nwithout = "a.py::B.c"\ngives = 0\n'
    [one] = tables.read(write(tmp_path, text))
    assert (one.feature, one.path, one.name, one.gives) == ("ORD-02", "a.py", "B.c", 0)
    assert one.error == "AssertionError"


@pytest.mark.parametrize(
    "text",
    [
        "[[ORD-02]\n",
        '[[Order]]\nrule = "r"\n',
        '[[ORD-02]]\nrule = "r"\ntest = "t"\nwithout = "w"\n',
        '[[ORD-02]]\nrule = "r"\ntest = "t"\nwithout = "w"\ngives = 0\ncut = "c"\n',
        '[[ORD-02]]\nrule = "r"\ntest = "t"\nwithout = "w"\ngives = "much"\n',
        '[[ORD-02]]\nrule = "r"\ntest = "t"\nwithout = "w"\ngives = 0\nwhy = "x"\n',
    ],
)
def test_table_that_cannot_be_understood(tmp_path, text):
    with pytest.raises(tables.TableError):
        tables.read(write(tmp_path, text))


def test_features_and_areas_are_chosen():
    entries = [removal(gives=0)]
    assert tables.chosen(entries, []) == entries
    assert tables.chosen(entries, ["ORD"]) == entries
    assert tables.chosen(entries, ["ORD-02"]) == entries
    for name in ("ORD-03", "O", "POS"):
        with pytest.raises(tables.TableError):
            tables.chosen(entries, [name])


def test_tables_that_name_what_there_is(addons):
    good = [
        removal(gives=0),
        removal(cut="return result + 5", put="return result"),
        removal("double", gives="argument"),
        removal("Order._number_uniq", gives="nothing"),
        removal(without="o2o_some/views/order.xml::page", cut="<b>total</b>"),
        removal(without="website_sale/models/website.py::Website.x", gives=0),
    ]
    assert list(tables.problems(good, addons)) == []


def test_tables_that_name_what_is_gone(addons):
    bad = [
        removal("Order.gone", gives=0),
        removal("Gone.total", gives=0),
        removal(cut="return 6"),
        removal(cut="result"),
        removal(without="o2o_some/gone.py::x", gives=0),
        removal(without="o2o_some/views/order.xml::gone", cut="total"),
        removal(test="o2o_some/tests/test_order.py::TestOrder.test_x", gives=0),
    ]
    assert len(list(tables.problems(bad, addons))) == len(bad)


def test_test_has_to_name_the_feature(addons):
    entry = {
        "rule": "r",
        "test": "o2o_some/tests/test_order.py::TestOrder.test_total",
        "without": "o2o_some/models/order.py::double",
        "gives": 0,
    }
    assert not list(tables.problems([tables._removal("ORD-01", entry)], addons))
    [problem] = tables.problems([tables._removal("POS-01", entry)], addons)
    assert "does not name it" in problem


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"gives": 0}, 0),
        ({"gives": "nothing"}, None),
        ({"gives": "argument"}, 3),
        ({"gives": "super"}, 3),
        ({"cut": "return result + 5", "put": "return result"}, 3),
        ({"cut": "result + 5", "put": "result + super().total(1)"}, 4),
    ],
)
def test_method_is_taken_away_and_comes_back(model, addons, entry, expected):
    order = model.Order()
    with removing.taken_away(removal(**entry), addons, None):
        assert order.total(3) == expected
    assert order.total(3) == 8
    with pytest.raises(ValueError):
        order.total(-1)


def test_check_inside_a_method_is_taken_away(model, addons):
    cut = removal(cut="if more < 0:", put="if False:")
    with removing.taken_away(cut, addons, None):
        assert model.Order().total(-1) == 4


def test_property_and_function_are_taken_away(model, addons, monkeypatch):
    user = SimpleNamespace(double=model.double)
    monkeypatch.setitem(sys.modules, "odoo.addons.o2o_user", user)
    with removing.taken_away(removal("Order.label", gives=""), addons, None):
        assert model.Order().label == ""
    assert model.Order().label == "order"
    with removing.taken_away(removal("double", gives="argument"), addons, None):
        # also where another module has it by name
        assert (model.double(4), user.double(4)) == (4, 4)
    assert (model.double(4), user.double(4)) == (8, 8)


def test_method_comes_back_after_a_failure(model, addons):
    with (
        pytest.raises(AssertionError),
        removing.taken_away(removal(gives=0), addons, None),
    ):
        raise AssertionError
    assert model.Order().total() == 5


def test_file_for_the_browser_comes_back_as_it_was(addons):
    path = addons / "o2o_some/static/order.js"
    path.parent.mkdir()
    path.write_text("show(total);", encoding="utf-8")
    before = path.stat().st_mtime_ns
    entry = removal(without="o2o_some/static/order.js", cut="show(total);")
    with removing.taken_away(entry, addons, None):
        assert path.read_text(encoding="utf-8") == ""
    assert path.read_text(encoding="utf-8") == "show(total);"
    assert path.stat().st_mtime_ns == before


def run(monkeypatch, home, status):
    """./o2o proof, as far as it goes without Odoo; the command it starts."""
    started = []

    def follow(command, **_options):
        started.append([str(part) for part in command])
        return status

    monkeypatch.setattr(commands, "follow", follow)
    monkeypatch.setattr(Stack, "prepare_tools", lambda *_args, **_options: None)
    monkeypatch.setattr(proof.TestRun, "server_of_its_own", lambda _run: nullcontext())
    odoo = SimpleNamespace(config="odoo.conf")
    monkeypatch.setattr(proof.TestRun, "build_test_database", lambda _run: (odoo, None))
    monkeypatch.setattr(
        proof.TestRun, "odoo_env", lambda *_args: {"PYTHONPATH": "odoo"}
    )
    said = SimpleNamespace(say=lambda *_texts: None)
    stack = Stack(home, said)
    stack.environment = SimpleNamespace(python="python")
    assert proof.run(stack, ["ORD", "POS-04"]) == status
    return started[0]


@contextmanager
def refused(case):
    """Like Odoo's own ``assertRaises``: it stands in a file of tests, as this one."""
    with ExitStack() as stack:
        stack.enter_context(case.assertRaises(ValueError))
        yield


def nothing_is_refused():
    with refused(TestCase()):
        pass


def ends_in_the_code(error):
    source = f"def break_off():\n    raise {error}('no')"
    names = {"TableError": tables.TableError}
    exec(compile(source, "/srv/models/order.py", "exec"), names)
    return names["break_off"]


@pytest.mark.parametrize(
    ("ends", "wanted", "is_right"),
    [
        (lambda: TestCase().assertEqual(1, 2), tables.AN_ASSERTION, True),
        (nothing_is_refused, tables.AN_ASSERTION, True),
        (ends_in_the_code("AssertionError"), tables.AN_ASSERTION, False),
        (ends_in_the_code("KeyError"), tables.AN_ASSERTION, False),
        (ends_in_the_code("KeyError"), "KeyError", True),
        (ends_in_the_code("KeyError"), "LookupError", True),
        (ends_in_the_code("TableError"), "Exception", False),
    ],
)
def test_error_is_the_one_expected(ends, wanted, is_right):
    with pytest.raises(Exception) as error:
        ends()
    assert plugin.is_expected(error, wanted) is is_right


def test_command_names_the_plugin_and_the_features(monkeypatch, home):
    command = run(monkeypatch, home, 0)
    assert {"o2o_proof.plugin", "--proof=ORD", "--proof=POS-04"} <= set(command)
    assert run(monkeypatch, home, 1) == command


def test_wrong_tables_and_broken_runs_are_told_apart(monkeypatch, home):
    with pytest.raises(UsageError):
        run(monkeypatch, home, proof.PYTEST_USAGE)
    with pytest.raises(StepFailed):
        run(monkeypatch, home, 3)
