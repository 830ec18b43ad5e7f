"""Comments as documents show them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from inspect import cleandoc
from typing import Any

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z`\"'(])|:\s|\n\n|\n(?=[-*] )")


def first_sentence(text: str) -> str:
    """The first sentence without its full stop, or what stands before a colon."""
    return " ".join(_SENTENCE_END.split(cleandoc(text), maxsplit=1)[0].split()).removesuffix(".")


def with_notes(schema: dict[str, Any], notes: Iterable[str], description: str = "") -> dict[str, Any]:
    """A schema or a parameter whose description says more, where there is more to say.

    Args:
        schema: what it is.
        notes: phrases: "expected a time not after now".
        description: of what has none of its own.
    """
    told = schema.get("description", description)
    sentences = [f"{note[:1].upper()}{note[1:]}." for note in notes]
    whole = "\n\n".join(each for each in (told, " ".join(sentences)) if each)
    return schema | {"description": whole} if whole else schema


def words(name: str) -> str:
    """A method's name as words: `WatchProgress` is `Watch progress`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return spaced[:1] + spaced[1:].lower()
