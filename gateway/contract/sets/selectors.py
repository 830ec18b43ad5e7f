"""Selectors: which elements of a contract a rule of the configuration is for.

The syntax is that of google/api/documentation.proto, DocumentationRule.selector: full names separated by commas; a
name may end in `.*`, which stands for one or more components; `*` alone is every element.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from difflib import get_close_matches
from typing import NamedTuple

_PATTERN = re.compile(r"(?:[A-Za-z_]\w*\.)*(?:[A-Za-z_]\w*|\*)", re.ASCII)


class SelectorError(ValueError):
    """The text is no selector; the message says what was expected."""


class Pattern(NamedTuple):
    """One name of a selector."""

    text: str
    """As it was written."""

    @property
    def wild(self) -> bool:
        """True where it may stand for several elements."""
        return self.text.endswith("*")

    def selects(self, full_name: str) -> bool:
        """True for an element that the pattern stands for."""
        return full_name.startswith(self.text[:-1]) if self.wild else full_name == self.text

    def nearest(self, full_names: Collection[str]) -> str:
        """The name, or the pattern for several names, that was probably meant; empty where none is near."""
        known = {parent + ".*" for name in full_names for parent in _parents(name)} if self.wild else full_names
        close = get_close_matches(self.text, known, 1)
        return close[0] if close else ""


def parse_selector(text: object) -> tuple[Pattern, ...]:
    """The patterns of a selector.

    Raises:
        SelectorError: saying what was expected.
    """
    if not isinstance(text, str) or not text.strip():
        raise SelectorError("expected full names, separated by commas, as in 'package.Service.Method'")
    return tuple(_pattern(part.strip()) for part in text.split(","))


def _pattern(text: str) -> Pattern:
    if not _PATTERN.fullmatch(text):
        raise SelectorError(f"{text!r} is no pattern; expected a full name, one with '.*' at its end, or '*' alone")
    return Pattern(text)


def _parents(full_name: str) -> list[str]:
    parts = full_name.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]
