"""What makes a method a stream: its delivery, its events, its resume tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor

from gateway.contract.descriptors import Descriptors, message_class
from gateway.contract.events import EventCompiler, EventType, Getter
from gateway.contract.gathering import Gathering
from gateway.contract.messages.compiler import MessageCompiler
from gateway.contract.requests.parameters import OPTION as PARAMETER
from gateway.contract.requests.parameters import FilterOn
from gateway.contract.routes import History
from gateway.contract.translation import Translator
from gateway.errors import ContractError

STREAM = "gateway.sse.v1.stream"
_SHARED = 2  # gateway.sse.v1.DELIVERY_SHARED


class Stream(NamedTuple):
    """The half of a `StreamRoute` that all bindings of its method share; its fields are those of the route."""

    shared: bool
    history: History
    events: tuple[EventType, ...]
    translate: Translator
    resume_request: Callable[[str], bytes] | None
    bookmarks: bool
    client_streaming: bool


class StreamCompiler:
    """Compiles one server-streaming method, without its bindings."""

    def __init__(self, descriptors: Descriptors, messages: MessageCompiler, method: MethodDescriptor) -> None:
        self._descriptors = descriptors
        self._messages = messages
        self._method = method
        self._options: Any = descriptors.option(method, STREAM) or _NoOptions

    @property
    def filled(self) -> str:
        """The request field that the gateway fills; empty where there is none."""
        return str(self._options.resume_request_field)

    @property
    def shared(self) -> bool:
        """True where clients with an equal request share one upstream call."""
        return bool(self._options.delivery == _SHARED)

    def compile(self, filters: Mapping[str, FilterOn]) -> Stream:
        """The method's stream.

        Args:
            filters: by the request field that is one.

        Raises:
            ContractError: with everything that is wrong with it.
        """
        gathering = Gathering()
        events = gathering.run(self._events, filters)
        resume_request = gathering.run(self._resume_request)
        token = gathering.run(self._token)
        gathering.check()
        if events is None or token is None:
            raise AssertionError("a step that gives nothing has told why")
        return Stream(
            shared=self.shared,
            history=_history(self._options.history),
            events=events[1],
            translate=Translator(message_class(self._method.output_type), *events, token),
            resume_request=resume_request,
            bookmarks=self._options.bookmarks,
            client_streaming=self._method.client_streaming,
        )

    def _events(self, filters: Mapping[str, FilterOn]) -> tuple[str | None, tuple[EventType, ...]]:
        looked_at = tuple(each.field for each in filters.values())
        whole = self._options.whole_responses
        compiled = EventCompiler(self._descriptors, self._messages, self._method, looked_at, whole).compile()
        gathering = Gathering()
        for name, on in filters.items():
            gathering.run(self._check_filter, self._method.input_type.fields_by_name[name], on.field, compiled[1])
        gathering.check()
        return compiled

    def _check_filter(self, field: FieldDescriptor, on: str, events: tuple[EventType, ...]) -> None:
        payloads = [payload for event in events if (payload := self._payload(event)) is not None]
        looked_at = [payload.fields_by_name[on] for payload in payloads if on in payload.fields_by_name]
        if not looked_at:
            raise self._wrong(f"filter: no event has a field {on!r}", PARAMETER, field)
        for other in looked_at:
            if other.is_repeated or other.type != field.type or other.enum_type != field.enum_type:
                reason = f"filter: {other.full_name} is of another type; expected a single field of the same type"
                raise self._wrong(reason, PARAMETER, field)

    def _payload(self, event: EventType) -> Descriptor | None:
        response: Descriptor = self._method.output_type
        return response.fields_by_name[event.member].message_type if event.member else response

    def _resume_request(self) -> Callable[[str], bytes] | None:
        name = self.filled
        if not name:
            return None
        self._check_string(self._method.input_type, name, "resume_request_field")
        request = message_class(self._method.input_type)
        return lambda token: request(**{name: token}).SerializeToString()

    def _token(self) -> Getter:
        name = self._options.resume_response_field
        if not name:
            return lambda response: ""
        self._check_string(self._method.output_type, name, "resume_response_field")
        return lambda response: getattr(response, name)

    def _check_string(self, message: Descriptor, name: str, option: str) -> None:
        fields: Mapping[str, FieldDescriptor] = message.fields_by_name
        field = fields.get(name)
        if field is None or field.is_repeated or field.type != FieldDescriptor.TYPE_STRING:
            raise self._wrong(f"{option} {name!r}: expected a single string field of {message.full_name}", STREAM)

    def _wrong(self, reason: str, option: str, field: FieldDescriptor | None = None) -> ContractError:
        return ContractError([self._descriptors.problem(field or self._method, reason, option)])


class _NoOptions:
    """Stands for the options of a method that carries none."""

    delivery = 0
    history: Any = None
    resume_request_field = resume_response_field = ""
    bookmarks = whole_responses = False


def _history(options: Any) -> History:
    if options is None:
        return History(None, None, None)
    age = options.max_age.seconds + options.max_age.nanos / 1e9
    return History(options.max_events or None, options.max_bytes or None, age or None)
