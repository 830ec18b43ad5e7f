"""JSON read into a message: ProtoJSON, the contract's own spelling of enums, and what is wrong told by its place.

Names, presence and the walk are ours; each value is read by protobuf's `json_format`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from math import inf
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from gateway.contract.descriptors import Descriptors, message_class
from gateway.contract.messages.compiler import MessageCompiler
from gateway.contract.messages.examples import is_map
from gateway.contract.requests.fields import FieldNames
from gateway.contract.requests.json_text import key_place, shown
from gateway.contract.requests.json_values import JsonValues, expected_of, map_fields, nullable, undivided
from gateway.contract.requests.parsing import scalar_type
from gateway.errors import ParametersError, WrongParameter

_ANY = "google.protobuf.Any"
_MOST = 20
"""Wrong places told of one body."""


class JsonReader:
    """Reads the JSON of one kind of body.

    Args:
        descriptors: of the contract.
        messages: of the contract.
        elsewhere: dotted paths of request fields that are given elsewhere, though they may be required.
        without: names of the request's own fields that a client cannot give.
        partial: True where a message in the request may lack what the contract requires of it: an update of some
            fields (PATCH).
    """

    def __init__(
        self,
        descriptors: Descriptors,
        messages: MessageCompiler,
        elsewhere: Iterable[str] = (),
        without: Collection[str] = (),
        partial: bool = False,
    ) -> None:
        self.descriptors = descriptors
        self.values = JsonValues(descriptors, messages)
        self.elsewhere = frozenset(elsewhere)
        self.without = frozenset(without)
        self.partial = partial
        self.names = FieldNames()
        self._required: dict[str, tuple[FieldDescriptor, ...]] = {}

    def message(self, request: Any, content: Any) -> frozenset[str]:
        """Reads the whole request; what is given are names of its fields.

        Raises:
            ParametersError: naming each wrong place.
        """
        reading = _Reading(self)
        given = reading.message(request, content, "body", "")
        reading.check()
        return given

    def field(self, request: Any, field: FieldDescriptor, content: Any) -> None:
        """Reads one field of the request.

        Raises:
            ParametersError: naming each wrong place.
        """
        reading = _Reading(self)
        reading.field(request, field, content, "body", field.name)
        reading.check()

    def required(self, message: Descriptor) -> tuple[FieldDescriptor, ...]:
        """The fields that the contract requires of a message."""
        known = self._required.get(message.full_name)
        if known is None:
            known = tuple(field for field in message.fields if self.descriptors.required(field))
            self._required[message.full_name] = known
        return known


class _Reading:
    """One body on its way into a message.

    `place` is where a value stands in the body, `way` the dotted path of its field in the request; None in a list, a
    map or an `Any`, where no path leads.
    """

    def __init__(self, reader: JsonReader) -> None:
        self._reader = reader
        self._pool = reader.descriptors.pool
        self._values = reader.values
        self._found: list[WrongParameter] = []

    def check(self) -> None:
        """Raises a ParametersError where anything is wrong."""
        if self._found:
            raise ParametersError(self._found)

    def message(self, message: Any, content: Any, place: str, way: str | None) -> frozenset[str]:
        """Reads a message of any type; of one with fields, the names of those that are given."""
        name = message.DESCRIPTOR.full_name
        if name == _ANY:
            self._any(message, content, place)
        elif undivided(message.DESCRIPTOR):
            if not self._values.whole(message, content):
                self._wrong(place, f"expected {expected_of(message.DESCRIPTOR)}, got {shown(content)}")
        elif isinstance(content, dict):
            return self._object(message, content, place, way)
        else:
            self._wrong(place, f"expected an object, got {shown(content)}")
        return frozenset()

    def field(self, message: Any, field: FieldDescriptor, content: Any, place: str, way: str | None) -> None:
        """Reads one field; null is an absent one, where the field's type has no null of its own."""
        if content is None and (field.is_repeated or not nullable(field)):
            return
        rival = field.containing_oneof and message.WhichOneof(field.containing_oneof.name)
        if rival:
            key = self._reader.descriptors.key(message.DESCRIPTOR.fields_by_name[rival])
            self._wrong(place, f"cannot be given together with {key!r}: a message holds one of them")
        elif is_map(field):
            self._map(message, field, content, place)
        elif field.is_repeated:
            self._list(message, field, content, place)
        elif field.message_type is not None:
            held = _held(message, field)
            held.SetInParent()
            self.message(held, content, place, way)
        elif not self._values.scalar(message, field, content):
            self._unreadable(field, content, place)

    def _object(self, message: Any, content: dict[str, Any], place: str, way: str | None) -> frozenset[str]:
        given: dict[str, str] = {}
        for key, value in content.items():
            field, inside = self._find(message, key, way), key_place(place, key)
            if field is None:
                self._wrong(inside, self._unknown(message, key, way))
            elif field.full_name in given:
                self._wrong(inside, f"given twice: it is {given[field.full_name]!r} too")
            else:
                self.field(message, field, value, inside, None if way is None else f"{way}.{field.name}".lstrip("."))
                if value is not None or nullable(field):
                    given[field.full_name] = key
        self._require(message, given, place, way)
        return frozenset(name.rpartition(".")[2] for name in given)

    def _require(self, message: Any, given: Collection[str], place: str, way: str | None) -> None:
        if self._reader.partial and way != "":
            return
        for field in self._reader.required(message.DESCRIPTOR):
            elsewhere = way is not None and f"{way}.{field.name}".lstrip(".") in self._reader.elsewhere
            if field.full_name not in given and not elsewhere:
                self._wrong(key_place(place, self._reader.descriptors.key(field)), "required")

    def _find(self, message: Any, key: str, way: str | None) -> FieldDescriptor | None:
        field = self._reader.names.of(message.DESCRIPTOR).get(key)
        if field is None and key[:1] == "[" and key[-1:] == "]" and message.DESCRIPTOR.is_extendable:
            field = self._reader.descriptors.extension(key[1:-1])
            return field if field is not None and field.containing_type is message.DESCRIPTOR else None
        return field if way != "" or field is None or field.name not in self._reader.without else None

    def _unknown(self, message: Any, key: str, way: str | None) -> str:
        fields = [each for each in message.DESCRIPTOR.fields if way != "" or each.name not in self._reader.without]
        keys = [self._reader.descriptors.key(field) for field in fields]
        close = get_close_matches(key, keys, 1) if len(key) <= 100 else []
        known = ", ".join(keys[:_MOST]) + ", …" * (len(keys) > _MOST)
        return f"unknown key; did you mean {close[0]!r}?" if close else f"unknown key; known are: {known or 'none'}"

    def _list(self, message: Any, field: FieldDescriptor, content: Any, place: str) -> None:
        if not isinstance(content, list):
            self._wrong(place, f"expected an array, got {shown(content)}")
        elif field.message_type is not None:
            held = _held(message, field)
            for at, item in enumerate(content):
                if item is None and not nullable(field):
                    self._unreadable(field, item, f"{place}[{at}]")
                else:
                    self.message(held.add(), item, f"{place}[{at}]", None)
        elif not self._values.scalar(message, field, content):
            self._wrong_items(message, field, content, place)

    def _wrong_items(self, message: Any, field: FieldDescriptor, content: list[Any], place: str) -> None:
        # By hundreds first: of a long list most items are fine.
        for start in range(0, len(content), 100):
            some = content[start : start + 100]
            if self._values.scalar(type(message)(), field, some):
                continue
            for at, item in enumerate(some, start):
                if item is None or not self._values.scalar(type(message)(), field, [item]):
                    self._unreadable(field, item, f"{place}[{at}]")

    def _map(self, message: Any, field: FieldDescriptor, content: Any, place: str) -> None:
        if not isinstance(content, dict):
            self._wrong(place, f"expected an object, got {shown(content)}")
            return
        read_key = scalar_type(map_fields(field)["key"], -inf, inf)
        for key, item in content.items():
            inside = key_place(place, key)
            try:
                self._entry(message, field, (key, read_key and read_key(key)), item, inside)
            except ValueError as error:
                self._wrong(inside, f"key: {error}")

    def _entry(self, message: Any, field: FieldDescriptor, key: tuple[str, Any], item: Any, place: str) -> None:
        value = map_fields(field)["value"]
        if item is None and not nullable(value):
            self._unreadable(value, item, place)
        elif value.message_type is not None:
            self.message(getattr(message, field.name)[key[1]], item, place, None)
        elif not self._values.entry(message, field, key, item):
            self._unreadable(value, item, place)

    def _any(self, message: Any, content: Any, place: str) -> None:
        """Reads a google.protobuf.Any, of a type that the contract has."""
        url = content.get("@type") if isinstance(content, dict) else None
        if content == {}:
            return
        if not isinstance(url, str):
            self._wrong(place, f"expected an object with the key '@type', got {shown(content)}")
            return
        try:
            inner = message_class(self._pool.FindMessageTypeByName(url.rpartition("/")[2]))()
        except LookupError:
            self._wrong(key_place(place, "@type"), f"expected a type of this contract, got {shown(url)}")
            return
        rest = {key: value for key, value in content.items() if key != "@type"}
        if undivided(inner.DESCRIPTOR):
            self.message(inner, rest.get("value"), key_place(place, "value"), None)
        else:
            self.message(inner, rest, place, None)
        message.type_url, message.value = url, inner.SerializePartialToString(deterministic=True)

    def _unreadable(self, field: FieldDescriptor, content: Any, place: str) -> None:
        self._wrong(place, f"expected {self._values.expected(field)}, got {shown(content)}")

    def _wrong(self, place: str, reason: str) -> None:
        self._found.append(WrongParameter(place, reason))
        if len(self._found) >= _MOST:
            self.check()


def _held(message: Any, field: FieldDescriptor) -> Any:
    return message.Extensions[field] if field.is_extension else getattr(message, field.name)
