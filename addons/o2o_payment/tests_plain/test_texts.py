"""Sentences for the staff: in English here, ready to be translated elsewhere."""

import ast
import pickle
from pathlib import Path

import pytest

from o2o_gateway.keys import KeyProblem, load_private_key
from o2o_gateway.texts import Text, lazy, said_by

LIBRARY = Path(__file__).resolve().parents[1] / "lib" / "o2o_gateway"
#: calls whose arguments a person may read
SAYING = {"rejected", "unknown", "Finding", "BillProblem", "KeyProblem"}


def test_a_sentence_is_a_string_that_knows_its_template():
    text = lazy("Row %(row)s cannot be read: %(error)s.", row=3, error="too long")
    assert text == "Row 3 cannot be read: too long."
    assert text.template == "Row %(row)s cannot be read: %(error)s."
    assert text.values == {"row": 3, "error": "too long"}


def test_a_sentence_without_values_is_what_it_is():
    assert lazy("100% wrong") == "100% wrong"


def test_a_sentence_survives_a_copy():
    copy = pickle.loads(pickle.dumps(lazy("%(name)s is negative", name="fee")))
    assert (copy, copy.template) == ("fee is negative", "%(name)s is negative")


def test_an_exception_says_its_sentence():
    with pytest.raises(KeyProblem) as caught:
        load_private_key("")
    said = said_by(caught.value)
    assert isinstance(said, Text)
    assert said.template == "There is nothing here."
    assert said_by(ValueError("no sentence")) == "no sentence"
    assert said_by(ValueError()) == ""


@pytest.mark.parametrize("path", sorted(LIBRARY.rglob("*.py")), ids=lambda it: it.name)
def test_what_is_said_to_people_can_be_translated(path):
    """PAY-02: a literal in such a call would stay English at a Chinese till."""
    tree = ast.parse(path.read_text())
    calls = (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in SAYING
    )
    left = [
        ast.unparse(argument)
        for call in calls
        for argument in call.args
        if isinstance(argument, ast.JoinedStr)
        or (
            isinstance(argument, ast.Constant)
            and isinstance(argument.value, str)
            and " " in argument.value
        )
    ]
    assert not left
