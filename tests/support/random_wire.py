"""Hypothesis strategies for messages as they may stand on the wire: more than any one encoder would write.

Fields come in any order and several times, repeated numbers packed and not, enum numbers that nobody declared, members
of a oneof one after the other, map entries without key or value, fields that the contract does not know.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from random import Random
from typing import Any

from google.protobuf.descriptor import Descriptor
from google.protobuf.descriptor import FieldDescriptor as Field
from google.protobuf.descriptor_pool import DescriptorPool
from hypothesis import strategies as st

Bytes = st.SearchStrategy[bytes]

_VARINT, _FIXED64, _LENGTH, _START, _END, _FIXED32 = range(6)
_NUMBERS_32 = (0, 1, -1, 127, 128, 2**31 - 1, -(2**31))
_NUMBERS_64 = (*_NUMBERS_32, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63))
_DOUBLES = (0.0, -0.0, 1.0, 0.1, -1.5, 1e22, 2.0**53, 2.0**53 + 2, 5e-324, 1.7976931348623157e308)
_FLOATS = (0.0, -0.0, 1.0, 0.1, -1.5, 16777216.0, 1.401298464324817e-45, 3.4028234663852886e38)
_NOT_FINITE = (float("nan"), float("inf"), -float("inf"))
_TEXTS = ("", "x", "é世😀", '"\\/\b\f\n\r\t', "\x00\x1f\x7f\u2028", "<&>", "__proto__", "@type")
_RAW = (b"", b"\x00", b"\xff\xfe", b"\xfb\xef\xbe", b">>>???", bytes(range(256)))
_SECONDS = (0, 1, -1, 1_700_000_000, 951_782_400, -62_135_596_800, 253_402_300_799)
_NANOS = (0, 1, 1_000, 1_000_000, 120_000_000, 999_999_999)
_PATHS = ("a", "a_b", "user.display_name", "a_b.c_d", "", "a1_b2")
_UNKNOWN_FIELDS = (
    b"\xf8\xff\xff\xff\x0f\x07",
    b"\xfa\xff\xff\xff\x0f\x02hi",
    b"\xf3\xff\xff\xff\x0f\xf4\xff\xff\xff\x0f",
)


def varint(number: int) -> bytes:
    """A number as protobuf writes it; a negative one in ten bytes."""
    number &= 2**64 - 1
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def tagged(number: int, kind: int, payload: bytes) -> bytes:
    """A field: its tag and what follows; of a group with its end."""
    tag, end = varint(number << 3 | kind), varint(number << 3 | _END) if kind == _START else b""
    return tag + (varint(len(payload)) if kind == _LENGTH else b"") + payload + end


_UNKNOWN_FIELDS = (tagged(999, _VARINT, b"\x07"), tagged(999, _LENGTH, b"hi"), tagged(999, _START, b""))


def _zigzag(number: int) -> bytes:
    return varint(number << 1 ^ number >> 63)


def _packs(form: str, numbers: Sequence[float]) -> tuple[bytes, ...]:
    return tuple(struct.pack(form, number) for number in numbers)


_SIGNED_32 = tuple(varint(number) for number in _NUMBERS_32)
_SIGNED_64 = tuple(varint(number) for number in _NUMBERS_64)
_LEAVES: dict[int, tuple[int, tuple[bytes, ...]]] = {
    Field.TYPE_BOOL: (_VARINT, (b"\x00", b"\x01")),
    Field.TYPE_INT32: (_VARINT, _SIGNED_32),
    Field.TYPE_UINT32: (_VARINT, tuple(varint(number & 2**32 - 1) for number in _NUMBERS_32)),
    Field.TYPE_SINT32: (_VARINT, tuple(map(_zigzag, _NUMBERS_32))),
    Field.TYPE_INT64: (_VARINT, _SIGNED_64),
    Field.TYPE_UINT64: (_VARINT, _SIGNED_64),
    Field.TYPE_SINT64: (_VARINT, tuple(map(_zigzag, _NUMBERS_64))),
    Field.TYPE_FIXED32: (_FIXED32, _packs("<i", _NUMBERS_32)),
    Field.TYPE_SFIXED32: (_FIXED32, _packs("<i", _NUMBERS_32)),
    Field.TYPE_FIXED64: (_FIXED64, _packs("<q", _NUMBERS_64)),
    Field.TYPE_SFIXED64: (_FIXED64, _packs("<q", _NUMBERS_64)),
    Field.TYPE_FLOAT: (_FIXED32, _packs("<f", (*_FLOATS, *_NOT_FINITE))),
    Field.TYPE_DOUBLE: (_FIXED64, _packs("<d", (*_DOUBLES, *_NOT_FINITE))),
    Field.TYPE_STRING: (_LENGTH, tuple(text.encode() for text in _TEXTS)),
    Field.TYPE_BYTES: (_LENGTH, _RAW),
}
_ANY_BITS = {_FIXED32: st.binary(min_size=4, max_size=4), _FIXED64: st.binary(min_size=8, max_size=8)}
_ANY_TEXT = st.text(max_size=4).map(str.encode)
_SPECIAL: dict[str, tuple[int, tuple[bytes, ...]]] = {
    # ProtoJSON has no word for the others there; the gateway's is tested by itself.
    "google.protobuf.Value.number_value": (_FIXED64, _packs("<d", _DOUBLES)),
    "google.protobuf.FieldMask.paths": (_LENGTH, tuple(path.encode() for path in _PATHS)),
    "google.protobuf.Timestamp.seconds": (_VARINT, tuple(map(varint, _SECONDS))),
    "google.protobuf.Timestamp.nanos": (_VARINT, tuple(map(varint, _NANOS))),
    # Of one sign: what differs in sign is no Duration.
    "google.protobuf.Duration.seconds": (_VARINT, tuple(varint(-second) for second in (0, 1, 90, 315_576_000_000))),
    "google.protobuf.Duration.nanos": (_VARINT, tuple(varint(-nano) for nano in _NANOS)),
}


class Wire:
    """Makes strategies for the messages of one pool.

    Args:
        pool: where extensions and what an Any holds are looked up.
        held: the full names of types that an Any may hold.
    """

    def __init__(self, pool: DescriptorPool, held: Sequence[str]) -> None:
        self._pool = pool
        self._held = [pool.FindMessageTypeByName(name) for name in held]
        self._made: dict[tuple[str, int], Bytes] = {}

    def message(self, message: Descriptor, depth: int = 4, most: int = 6) -> Bytes:
        """Serialised messages of a type.

        Args:
            message: the type.
            depth: how many messages may lie inside of each other.
            most: how many fields are drawn.
        """
        key = message.full_name, depth
        if key not in self._made:
            make = self._any if message.full_name == "google.protobuf.Any" else self._fields
            self._made[key] = st.deferred(lambda: make(message, depth, most))
        return self._made[key]

    def every_field(self, message: Descriptor) -> Bytes:
        """Messages of a type in which each field is set, to something small, in any order."""
        fields = [*message.fields, *self._pool.FindAllExtensions(message)]
        parts = st.tuples(*(self._field(field, 1) for field in fields))
        return st.tuples(parts, st.integers(0, 2**32)).map(_shuffled)

    def _fields(self, message: Descriptor, depth: int, most: int) -> Bytes:
        fields = [*message.fields, *self._pool.FindAllExtensions(message)]
        needed = st.tuples(*(self._field(field, depth) for field in fields if _needed(field)))
        parts = [self._field(field, depth) for field in fields if depth or field.message_type is None]
        some = st.lists(
            st.sampled_from([*parts, st.sampled_from(_UNKNOWN_FIELDS)]).flatmap(lambda part: part), max_size=most
        )
        return st.tuples(needed, some).map(lambda both: b"".join((*both[0], *both[1])))

    def _any(self, message: Descriptor, depth: int, most: int) -> Bytes:
        """An Any without anything, or of one of the types that it may hold."""
        if not depth:
            return st.just(b"")
        filled = [self._any_of(held, depth) for held in self._held]
        return st.sampled_from([*filled, st.just(b"")]).flatmap(lambda kind: kind)

    def _any_of(self, held: Descriptor, depth: int) -> Bytes:
        url = tagged(1, _LENGTH, f"type.googleapis.com/{held.full_name}".encode())
        return st.deferred(lambda: self.message(held, depth - 1, 2)).map(lambda value: url + tagged(2, _LENGTH, value))

    def _field(self, field: Field, depth: int) -> Bytes:
        if field.message_type is not None:
            kind = _START if field.type == Field.TYPE_GROUP else _LENGTH
            inner = st.deferred(lambda: self.message(field.message_type, max(depth - 1, 0), 2))
            return inner.map(lambda payload: tagged(field.number, kind, payload))
        kind, values = self._leaf(field)
        single = values.map(lambda payload: tagged(field.number, kind, payload))
        if not field.is_repeated or kind == _LENGTH:
            return single
        packed = st.lists(values, max_size=3).map(lambda each: tagged(field.number, _LENGTH, b"".join(each)))
        return single | packed

    def _leaf(self, field: Field) -> tuple[int, Bytes]:
        if field.enum_type is not None:
            numbers = [value.number for value in field.enum_type.values]
            # A required enum of an unknown number is an absent one.
            unknown = [] if field.is_required else [7, -77, 2**31 - 1, -(2**31)]
            return _VARINT, st.sampled_from([varint(number) for number in (*numbers, *unknown)])
        kind, values = _SPECIAL.get(field.full_name) or _LEAVES[field.type]
        edges = st.sampled_from(values)
        if field.full_name in _SPECIAL:
            return kind, edges
        if field.type == Field.TYPE_STRING:
            return kind, edges | _ANY_TEXT
        return kind, edges | _ANY_BITS[kind] if kind in _ANY_BITS else edges


def _shuffled(drawn: tuple[tuple[bytes, ...], int]) -> bytes:
    parts, seed = [*drawn[0]], drawn[1]
    Random(seed).shuffle(parts)  # noqa: S311 - must repeat
    return b"".join(parts)


def _needed(field: Field) -> bool:
    """What the gateway always sends, so that only messages that have it are protobuf's JSON: `required` of proto2."""
    if field.containing_type.GetOptions().map_entry and field.message_type is not None:
        return any(each.is_required for each in field.message_type.fields)
    return bool(field.is_required)


def whole(response: Any, member: str, payload: bytes) -> bytes:
    """A response whose member holds a payload."""
    return tagged(response.DESCRIPTOR.fields_by_name[member].number, _LENGTH, payload)
