"""What an HTTP body fills: the whole request, one field of it, or a google.api.HttpBody as it is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from gateway.contract.descriptors import Descriptors
from gateway.contract.http.rules import WHOLE
from gateway.contract.messages.compiler import MessageCompiler
from gateway.contract.requests.fields import FieldNames
from gateway.contract.requests.json_reading import JsonReader
from gateway.contract.requests.json_text import JsonError, key_place, parse_json
from gateway.errors import ParametersError, WrongParameter

HTTP_BODY = "google.api.HttpBody"


@dataclass(frozen=True)
class Body:
    """The HTTP body of a route."""

    field: str
    """The field of the request that it fills; `*` for all that the path does not."""
    raw: bool
    """True where it fills a google.api.HttpBody: any bytes, with their content type."""
    message: Descriptor | None
    """The message whose JSON it is; None where it is a scalar, a list or a map."""
    filled: FieldDescriptor | None
    """The field of the request that it fills; None for `*`."""
    required: bool
    """True where the contract requires the field, or a field of the request that only the body can give."""
    struct: Any = attribute(repr=False, compare=False)
    """The type of the whole request's JSON, for documents."""
    reader: JsonReader = attribute(repr=False, compare=False)

    def read(self, content_type: str, data: bytes, request: Any) -> frozenset[str]:
        """Reads a body into a request.

        Args:
            content_type: the Content-Type header; empty where there is none.
            data: the body's bytes. Where there are none, nothing is read.
            request: the message.

        Returns:
            The names of the request's own fields that are given.

        Raises:
            ParametersError: naming each wrong place, `body.stages[2].state`.
        """
        if self.raw:
            return self._raw(content_type, data, request)
        if data and not self.takes(content_type):
            raise _wrong("body", f"expected the content type application/json, got {content_type[:60]!r}")
        try:
            return self._json(data, request)
        except JsonError as error:
            raise _wrong(_joined("body", error.place), str(error)) from None
        except RecursionError:
            raise _wrong("body", "expected less deeply nested messages") from None

    def takes(self, content_type: str) -> bool:
        """True where a body of this Content-Type can be read; an absent one is taken for what is expected."""
        return self.raw or _is_json(content_type)

    def place(self, name: FieldDescriptor) -> str:
        """Where a field of the request stands: `body.name`."""
        return "body" if self.filled else key_place("body", self.reader.descriptors.key(name))

    def _raw(self, content_type: str, data: bytes, request: Any) -> frozenset[str]:
        message = getattr(request, self.filled.name) if self.filled else request
        message.content_type, message.data = content_type, data
        return frozenset([self.filled.name] if self.filled else ("content_type", "data"))

    def _json(self, data: bytes, request: Any) -> frozenset[str]:
        if self.filled is None:
            return self.reader.message(request, parse_json(data) if data.strip() else {})
        content = parse_json(data) if data.strip() else None
        if content is None and self.required:
            raise _wrong("body", "required")
        self.reader.field(request, self.filled, content)
        return frozenset([] if content is None else [self.filled.name])


def compile_body(
    descriptors: Descriptors,
    messages: MessageCompiler,
    request: Descriptor,
    name: str,
    *,
    in_path: Collection[str] = (),
    without: Collection[str] = (),
    partial: bool = False,
) -> Body | None:
    """The body of one HTTP binding of a method.

    Args:
        descriptors: of the contract.
        messages: of the contract.
        request: the method's request.
        name: `*`, or a field of the request that can be a body (`wrong_body_field` says which); empty for no body.
        in_path: the dotted paths of the fields that stand in the path.
        without: names of fields that the gateway fills.
        partial: True for an update of some fields (PATCH): a message in the request may lack what the contract
            requires of it.

    Returns:
        None where `name` is empty, or cannot be a body.

    Raises:
        ContractError: the request cannot be said as JSON.
    """
    filled = FieldNames().of(request).get(name)
    if not name or (name != WHOLE and filled is None):
        return None
    single = filled is None or (filled.message_type is not None and not filled.is_repeated)
    message = (filled.message_type if filled else request) if single else None
    elsewhere = _by_proto_names(request, in_path)
    must = [filled] if filled else [each for each in request.fields if each.name not in {*elsewhere, *without}]
    return Body(
        field=filled.name if filled else WHOLE,
        raw=message is not None and message.full_name == HTTP_BODY,
        message=message,
        filled=filled,
        required=any(descriptors.required(each) for each in must),
        struct=messages.compile(request).struct,
        reader=JsonReader(descriptors, messages, elsewhere, without, partial),
    )


def _by_proto_names(request: Descriptor, in_path: Collection[str]) -> set[str]:
    """Dotted paths by proto names, with the messages that they lead through."""
    names = FieldNames()
    ways = [names.find(request, text) or () for text in in_path]
    return {".".join(each.name for each in way[:depth]) for way in ways for depth in range(1, len(way) + 1)}


def _is_json(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind in ("", "application/json", "text/json") or kind.endswith("+json")


def _joined(place: str, inside: str) -> str:
    return place + inside if inside.startswith("[") else f"{place}.{inside}" if inside else place


def _wrong(place: str, reason: str) -> ParametersError:
    return ParametersError([WrongParameter(place, reason)])
