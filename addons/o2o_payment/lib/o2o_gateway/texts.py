"""Sentences for the staff: English here, with what a translation needs.

The library knows no languages. Who shows a sentence looks for the translation of its
template, and puts the values in again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Text(str):
    """A sentence; also a string, in English.

    ``template`` has places as ``%(name)s``, ``values`` is what stands there: texts, or
    exceptions that say one, are sentences themselves.
    """

    template: str
    values: Mapping[str, Any]

    def __new__(cls, template: str, values: Mapping[str, Any]) -> Text:
        text = super().__new__(cls, template % values if values else template)
        text.template = template
        text.values = values
        return text

    def __reduce__(self) -> tuple[type[Text], tuple[str, Mapping[str, Any]]]:
        return type(self), (self.template, self.values)


def lazy(template: str, **values: Any) -> Text:
    """A sentence for the staff. Imported as ``_lt``, the name by which translations are
    looked for in code."""
    return Text(template, values)


def said_by(error: BaseException) -> str:
    """The sentence of an exception, or what it holds where it holds none."""
    said = error.args[0] if error.args else ""
    return said if isinstance(said, Text) else str(error)
