"""The reply of a unary method: its response as JSON, or as the bytes that a google.api.HttpBody carries.

`response_body` of a `google.api.http` rule names the field that is the body; without one it is the whole response
(google/api/http.proto). JSON is made as that of events is: the Struct that documents are made of is encoded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import DecodeError, Message
from msgspec.json import Encoder

from gateway.contract.descriptors import Descriptors, message_class
from gateway.contract.messages.anys import MessageType
from gateway.contract.messages.compiler import MessageCompiler
from gateway.contract.messages.samples import Samples
from gateway.errors import ContractError, TranslationError

HTTP = "google.api.http"
HTTP_BODY = "google.api.HttpBody"
JSON = "application/json"
UNTOLD = "application/octet-stream"
"""What a HttpBody is that does not say what it is (RFC 9110, 8.3)."""
_CANNOT_BE_SENT = (DecodeError, LookupError, RecursionError, TypeError, ValueError)
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")


class Answer(NamedTuple):
    """What a HTTP client is answered with."""

    content_type: str
    """Fit to be a header's value: printable ASCII."""
    body: bytes
    """As it is sent."""


class Reply:
    """From a unary method's serialised response to its answer.

    Args:
        response: the class of the response.
        struct: the type of the JSON.
        convert: from the response to what is encoded, or to the HttpBody where `raw`.
        raw: True where the body is a HttpBody's.
        sample: makes an example of the response.
    """

    def __init__(
        self,
        response: type[Message],
        struct: Any,
        convert: Callable[[Any], Any],
        raw: bool,
        sample: Callable[[], Any],
    ) -> None:
        self.struct = struct
        """What the JSON is, for documents: a Struct, or the type of one field's JSON; `bytes` where `raw`."""
        self.raw = raw
        """True where the body is any bytes, of a content type that each answer tells."""
        self._parse = response.FromString
        self._convert = convert
        self._answer = _raw if raw else self._json
        self._sample = sample
        self._encode = Encoder().encode

    def __call__(self, data: bytes) -> Answer:
        """Answers with one serialised response.

        Raises:
            TranslationError: the bytes are not such a response, or hold what JSON or HTTP cannot.
        """
        try:
            return self._answer(self._convert(self._parse(data)))
        except _CANNOT_BE_SENT as error:
            raise TranslationError(f"cannot translate a message of {len(data)} bytes: {error}") from error

    def sample(self) -> bytes | None:
        """A plausible body as JSON; None where none can be made, and of a HttpBody, which may hold anything."""
        if self.raw:
            return None
        try:
            return self._encode(self._convert(self._sample()))
        except _CANNOT_BE_SENT:
            return None

    def _json(self, value: Any) -> Answer:
        return Answer(JSON, self._encode(value))


def compile_reply(
    descriptors: Descriptors, messages: MessageCompiler, method: MethodDescriptor, response_body: str
) -> Reply:
    """The reply of a method under one of its rules.

    Args:
        descriptors: the contract.
        messages: its messages.
        method: what is called.
        response_body: the field of the response that is the body; empty for the whole response.

    Raises:
        ContractError: `response_body` names no field of the response, or that cannot be served.
    """
    response = method.output_type
    field = _field(descriptors, method, response_body) if response_body else None
    raw = _single_message(response, field) == HTTP_BODY
    kind = _raw_type(response_body) if raw else messages.compile_field(field) if field else messages.compile(response)
    samples = Samples(descriptors)
    sample = partial(samples.holding, field) if field else partial(samples.sample, response, method.full_name)
    return Reply(message_class(response), *kind, raw, sample)


def _field(descriptors: Descriptors, method: MethodDescriptor, name: str) -> FieldDescriptor:
    response = method.output_type
    if name not in response.fields_by_name:
        reason = f"response_body {name!r}: expected a field of {response.full_name}, or nothing for all of it"
        raise ContractError([descriptors.problem(method, reason, HTTP)])
    return response.fields_by_name[name]


def _single_message(response: Descriptor, field: FieldDescriptor | None) -> str:
    """The full name of the message that the body is; empty where it is something else."""
    held = response if field is None else None if field.is_repeated else field.message_type
    return held.full_name if held else ""


def _raw_type(field: str) -> MessageType:
    return MessageType(bytes, attrgetter(field) if field else lambda body: body)


def _raw(body: Any) -> Answer:
    """The bytes of a google.api.HttpBody.

    Raises:
        ValueError: its content type cannot stand in a header.
    """
    content_type = body.content_type.strip(" \t") or UNTOLD
    if not _HEADER_VALUE.fullmatch(content_type):
        raise ValueError("the content type of a google.api.HttpBody: expected printable ASCII")
    return Answer(content_type, body.data)
