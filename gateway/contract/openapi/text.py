"""Comments as documents show them."""

from __future__ import annotations

import re
from inspect import cleandoc

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z`\"'(])|:\s|\n\n|\n(?=[-*] )")


def first_sentence(text: str) -> str:
    """The first sentence without its full stop, or what stands before a colon."""
    return " ".join(_SENTENCE_END.split(cleandoc(text), maxsplit=1)[0].split()).removesuffix(".")


def words(name: str) -> str:
    """A method's name as words: `WatchProgress` is `Watch progress`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return spaced[:1] + spaced[1:].lower()
