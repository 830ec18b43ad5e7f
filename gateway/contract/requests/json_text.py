"""JSON as a client sends it, read strictly (RFC 8259): UTF-8, no key twice, no NaN, no endless nesting."""

from __future__ import annotations

import json
from collections.abc import Iterator
from math import isinf
from typing import Any

DEEPEST = 100
"""Objects and arrays within each other at most; what protobuf's own readers allow of messages."""
_LONGEST_NUMBER = 400
"""Digits; more than a double has before its point."""


class JsonError(ValueError):
    """A text is not JSON, or not what a request may hold; `place` says where, as `stages[2].state`."""

    def __init__(self, reason: str, place: str = "") -> None:
        super().__init__(reason)
        self.place = place


class _Object(dict[str, Any]):
    """An object that knows which of its keys came twice."""

    twice: str | None = None


def parse_json(data: bytes) -> Any:
    """The content of a JSON text.

    Raises:
        JsonError: it says what was expected.
    """
    try:
        text = data.decode()
        content = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer, parse_float=_double
        )
    except UnicodeDecodeError as error:
        raise JsonError(f"expected JSON in UTF-8; byte {error.start + 1} is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise JsonError(f"expected JSON; line {error.lineno}, column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise JsonError(f"nested more than {DEEPEST} deep") from None
    _check(content)
    if "\\ud" in text.lower():
        _refuse_half_pairs(content)
    return content


def key_place(place: str, key: str) -> str:
    """The place of a key: `stages.state`, or `labels["a b"]` where the key is no plain name."""
    if key.isidentifier() and key.isascii():
        return f"{place}.{key}" if place else key
    return f"{place}[{shown(key)}]"


def shown(value: Any) -> str:
    """A value as JSON in ASCII, shortened."""
    text = json.dumps(value, default=repr) if not isinstance(value, dict | list) else _KIND[isinstance(value, list)]
    return text if len(text) <= 60 else f"{text[:57]}…"


_KIND = {False: "an object", True: "an array"}


def _check(content: Any) -> None:
    ways: list[tuple[str, Any, int]] = [("", content, 1)]
    while ways:
        place, value, depth = ways.pop()
        if isinstance(value, dict | list) and depth > DEEPEST:
            raise JsonError(f"nested more than {DEEPEST} deep")
        if isinstance(value, _Object) and value.twice is not None:
            raise JsonError("given twice", key_place(place, value.twice))
        ways += [(inner, each, depth + 1) for inner, each in _inside(place, value)]


def _refuse_half_pairs(content: Any) -> None:
    """Half a surrogate pair is no character (RFC 7493, 2.1), and protobuf's lookups fail on it."""
    try:
        json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise JsonError("expected characters; an escape in a text is half a surrogate pair") from None


def _inside(place: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        return ((key_place(place, key), each) for key, each in value.items() if isinstance(each, dict | list))
    if isinstance(value, list):
        return ((f"{place}[{at}]", each) for at, each in enumerate(value) if isinstance(each, dict | list))
    return iter(())


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    made = _Object(pairs)
    if len(made) < len(pairs):
        seen: set[str] = set()
        made.twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    return made


def _constant(name: str) -> Any:
    raise JsonError(f'expected JSON, got {name}; in a field that is a double it is written "{name}"')


def _integer(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise JsonError(f"a number has {len(text)} digits; expected {_LONGEST_NUMBER} at most")
    return int(text)


def _double(text: str) -> float:
    value = float(text)
    if isinf(value):
        raise JsonError(f"the number {shown(text)} is more than a double can hold")
    return value
