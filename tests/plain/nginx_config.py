"""A reader for nginx's configuration syntax, enough to check ours without nginx."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

TOKEN = re.compile(
    r"""\s*(?:#[^\n]*|("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[;{}]|[^\s;{}"']+))"""
)


@dataclass
class Directive:
    name: str
    arguments: list[str]
    children: list[Directive] = field(default_factory=list)

    def all(self, name: str) -> Iterator[Directive]:
        """Directives called `name` anywhere below, in order."""
        for child in self.children:
            if child.name == name:
                yield child
            yield from child.all(name)

    def one(self, name: str) -> Directive:
        found = [child for child in self.children if child.name == name]
        assert len(found) == 1, f"{name} stands {len(found)} times in {self.name}"
        return found[0]


def parse(text: str) -> Directive:
    """The whole file as one directive without a name; ValueError when unbalanced."""
    top = Directive("", [])
    stack = [top]
    words: list[str] = []
    position = 0
    while match := TOKEN.match(text, position):
        position = match.end()
        token = match[1]
        if token is None:
            continue
        if token == "}":
            if words or len(stack) == 1:
                raise ValueError(f"unexpected }} after {words or 'the end'}")
            stack.pop()
        elif token in (";", "{"):
            if not words:
                raise ValueError(f"{token} without a directive")
            directive = Directive(words[0], words[1:])
            stack[-1].children.append(directive)
            if token == "{":
                stack.append(directive)
            words = []
        else:
            words.append(token.strip("\"'"))
    if words or len(stack) > 1 or text[position:].strip():
        raise ValueError("the file ends in the middle of a directive")
    return top
