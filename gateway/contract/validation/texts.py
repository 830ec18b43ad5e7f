"""The rules of strings and bytes."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

from gateway.contract.validation.checks import Check, Named, Values, count, listed
from gateway.contract.validation.formats import FORMATS, HEADERS
from gateway.contract.validation.patterns import is_shared, literal, searcher

_SHOWN = 60


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}…")


def _base64(value: bytes) -> str:
    return b64encode(value).decode()


STRINGS = Values(show=_shown)
BYTES = Values(show=lambda value: f"{_shown(_base64(value))} ({count(len(value), 'byte')})", json=_base64)


def _length(unit: str, size: Callable[[Any], int], low: Callable[[int], int], high: Callable[[int], int]) -> Any:
    """Three rules of the length of a value: at least, at most, exactly.

    Args:
        unit: what is counted.
        size: the length of a value.
        low: the fewest characters of JSON that so many units take.
        high: the most characters of JSON that so many units take.
    """
    exact = low(8) == high(8)

    def at_least(number: int) -> Check:
        expected = f"at least {count(number, unit)}"
        return Check(expected, lambda value: size(value) >= number, {"minLength": low(number)}, exact)

    def at_most(number: int) -> Check:
        expected = f"at most {count(number, unit)}"
        return Check(expected, lambda value: size(value) <= number, {"maxLength": high(number)}, exact)

    def exactly(number: int) -> Check:
        schema = {"minLength": low(number), "maxLength": high(number)}
        return Check(count(number, unit), lambda value: size(value) == number, schema, exact)

    return at_least, at_most, exactly


def _same(number: int) -> int:
    return number


_CHARACTERS = _length("character", len, _same, _same)
# A character of UTF-8 takes one to four bytes.
_UTF8 = _length("byte", lambda text: len(text.encode()), lambda number: -(-number // 4), _same)
# Three bytes are four characters of base64, which may be padded to a multiple of four.
_BASE64 = _length("byte", len, lambda number: -(-number * 4 // 3), lambda number: -(-number // 3) * 4)
_LENGTHS = {
    "string": dict(
        zip(("min_len", "max_len", "len", "min_bytes", "max_bytes", "len_bytes"), _CHARACTERS + _UTF8, strict=True)
    ),
    "bytes": dict(zip(("min_len", "max_len", "len"), _BASE64, strict=True)),
}
_PAIRS = (("min_len", "max_len"), ("min_bytes", "max_bytes"))
_PARTS: dict[str, tuple[str, Callable[[Any, Any], bool], Callable[[str], dict[str, Any]]]] = {
    "prefix": ("that starts with", lambda value, part: value.startswith(part), lambda text: literal(text, "^")),
    "suffix": ("that ends with", lambda value, part: value.endswith(part), lambda text: literal(text, "", "$")),
    "contains": ("that contains", lambda value, part: part in value, literal),
    "not_contains": ("without", lambda value, part: part not in value, lambda text: {"not": literal(text)}),
}
_BYTE_FORMATS = {
    "ip": ("an IP address of 4 or 16 bytes", (4, 16)),
    "ipv4": ("an IPv4 address of 4 bytes", (4,)),
    "ipv6": ("an IPv6 address of 16 bytes", (16,)),
    "uuid": ("a UUID of 16 bytes", (16,)),
}


def string_checks(named: Named) -> Iterator[Check]:
    """The checks of `buf.validate.StringRules`.

    Raises:
        ValueError: a pattern cannot be compiled, or the lengths contradict each other.
    """
    yield from listed(named, STRINGS)
    yield from _lengths(named, "string")
    for name in _PARTS.keys() & named.keys():
        yield _part("text", name, named.pop(name), STRINGS, with_schema=True)
    if "pattern" in named:
        pattern = named.pop("pattern")
        shared = is_shared(pattern)
        schema = {"pattern": pattern} if shared else {}
        yield Check(f"text that matches {pattern}", searcher(pattern), schema, shared)
    yield from _formats(named)


def bytes_checks(named: Named) -> Iterator[Check]:
    """The checks of `buf.validate.BytesRules`.

    Raises:
        ValueError: a pattern cannot be compiled, or the lengths contradict each other.
    """
    yield from listed(named, BYTES)
    yield from _lengths(named, "bytes")
    for name in _PARTS.keys() & named.keys():
        yield _part("bytes", name, named.pop(name), BYTES, with_schema=False)
    if "pattern" in named:
        pattern = named.pop("pattern")
        yield Check(f"UTF-8 that matches {pattern}", _decoded(searcher(pattern)), {}, exact=False)
    for name in _BYTE_FORMATS.keys() & named.keys():
        if named.pop(name):
            yield _sized(*_BYTE_FORMATS[name])


def _lengths(named: Named, kind: str) -> Iterator[Check]:
    for low, high in _PAIRS:
        if named.get(low, 0) > named.get(high, named.get(low, 0)):
            raise ValueError(f"{low} {named[low]} is above {high} {named[high]}")
    for name, check in _LENGTHS[kind].items():
        if name in named:
            yield check(named.pop(name))


def _part(noun: str, name: str, part: Any, values: Values, with_schema: bool) -> Check:
    verb, holds, schema = _PARTS[name]
    keywords = schema(part) if with_schema else {}
    return Check(f"{noun} {verb} {values.show(part)}", lambda value: holds(value, part), keywords, with_schema)


def _formats(named: Named) -> Iterator[Check]:
    strict = named.pop("strict", True)
    if header := HEADERS.get((named.pop("well_known_regex", 0), strict)):
        yield Check(*header, exact=False)
    for name in FORMATS.keys() & named.keys():
        if named.pop(name):
            yield Check(*FORMATS[name], exact=bool(FORMATS[name].schema))


def _decoded(search: Callable[[str], bool]) -> Callable[[bytes], bool]:
    def holds(value: bytes) -> bool:
        try:
            return search(value.decode())
        except UnicodeDecodeError:
            return False

    return holds


def _sized(expected: str, sizes: tuple[int, ...]) -> Check:
    schema = {"minLength": -(-sizes[0] * 4 // 3), "maxLength": -(-sizes[-1] // 3) * 4}
    return Check(expected, lambda value: len(value) in sizes, schema, exact=False)
