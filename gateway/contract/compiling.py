"""From one method's descriptor to its route, with everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor

from gateway.contract.binding import Binder
from gateway.contract.descriptors import Descriptors, message_class
from gateway.contract.events import EventCompiler, EventType, Getter
from gateway.contract.messages import MessageCompiler
from gateway.contract.parameters import LAST_EVENT_ID, SNAPSHOT, Parameter, compile_parameter
from gateway.contract.parameters import OPTION as PARAMETER
from gateway.contract.paths import PathTemplate, TemplateError, parse_template
from gateway.contract.routes import History, Route
from gateway.contract.translation import Translator
from gateway.errors import ContractError, Problem

HTTP = "google.api.http"
STREAM = "gateway.sse.v1.stream"
_SHARED = 2  # gateway.sse.v1.DELIVERY_SHARED
T = TypeVar("T")


class RouteCompiler:
    """Compiles one server-streaming method."""

    def __init__(self, descriptors: Descriptors, messages: MessageCompiler, method: MethodDescriptor) -> None:
        self._descriptors = descriptors
        self._messages = messages
        self._method = method
        self._request: Descriptor = method.input_type
        self._stream: Any = descriptors.option(method, STREAM) or _NoOptions
        self._problems: list[Problem] = []

    def compile(self) -> Route:
        """The method's route.

        Raises:
            ContractError: with everything that is wrong with the method.
        """
        path = self._gather(self._path)
        parameters = self._parameters()
        events = self._gather(self._events, parameters)
        resume_request = self._gather(self._resume_request)
        token = self._gather(self._token)
        if self._problems or path is None or events is None or token is None:
            raise ContractError(self._problems)
        own = [LAST_EVENT_ID, *([SNAPSHOT] if self._shared and any(event.keyed for event in events[1]) else [])]
        return Route(
            method=self._method.full_name,
            description=self._descriptors.source.comment(self._method.full_name),
            service_description=self._descriptors.source.comment(self._method.containing_service.full_name),
            path=path,
            shared=self._shared,
            history=_history(self._stream.history),
            parameters=(*parameters, *own),
            events=events[1],
            bind=Binder(message_class(self._request), (*parameters, *own)),
            translate=Translator(message_class(self._method.output_type), *events, token),
            resume_request=resume_request,
            bookmarks=self._stream.bookmarks,
        )

    @property
    def _shared(self) -> bool:
        return bool(self._stream.delivery == _SHARED)

    def _gather(self, step: Callable[..., T], *arguments: Any) -> T | None:
        """Runs a step; what is wrong with it is kept, and the other steps still run."""
        try:
            return step(*arguments)
        except ContractError as error:
            self._problems += error.problems
            return None

    def _path(self) -> PathTemplate:
        rule = self._descriptors.option(self._method, HTTP)
        if rule is None or rule.WhichOneof("pattern") is None:
            raise self._wrong('no path; expected option (google.api.http) = {get: "/…"}', HTTP)
        if rule.WhichOneof("pattern") != "get" or rule.additional_bindings:
            raise self._wrong(
                "expected a single 'get': other HTTP methods and additional_bindings are not served", HTTP
            )
        try:
            template = parse_template(rule.get)
        except TemplateError as error:
            raise self._wrong(str(error), HTTP) from None
        for name in template.fields:
            self._gather(self._check_path_field, template.text, name)
        return template

    def _check_path_field(self, path: str, name: str) -> None:
        field = self._request.fields_by_name.get(name)
        if field is None:
            known = ", ".join(self._request.fields_by_name) or "none"
            raise self._wrong(f"path {path!r}: {self._request.full_name} has no field {name!r}; it has: {known}", HTTP)
        if field.is_repeated or field.message_type is not None:
            raise self._wrong(f"path {path!r}: field {name!r} must be a single scalar to stand in a path", HTTP)
        if name == self._stream.resume_request_field:
            raise self._wrong(f"path {path!r}: field {name!r} is the resume field, which the gateway fills", HTTP)

    def _parameters(self) -> tuple[Parameter, ...]:
        fields = [field for field in self._request.fields if field.name != self._stream.resume_request_field]
        return tuple(parameter for field in fields if (parameter := self._gather(self._parameter, field)))

    def _parameter(self, field: FieldDescriptor) -> Parameter:
        parameter = compile_parameter(self._descriptors, self._messages, field)
        if (parameter.filter or parameter.last) and not self._shared:
            reason = "filter and last need a shared stream: option (gateway.sse.v1.stream).delivery = DELIVERY_SHARED"
            raise self._wrong(reason, PARAMETER, field)
        if field.name in (LAST_EVENT_ID.name, SNAPSHOT.name):
            raise self._wrong(f"the gateway has a parameter {field.name!r} of its own", PARAMETER, field)
        return parameter

    def _events(self, parameters: tuple[Parameter, ...]) -> tuple[str | None, tuple[EventType, ...]]:
        filters = {parameter.name: parameter.filter.field for parameter in parameters if parameter.filter}
        compiled = EventCompiler(self._descriptors, self._messages, self._method, tuple(filters.values())).compile()
        for name, on in filters.items():
            self._gather(self._check_filter, self._request.fields_by_name[name], on, compiled[1])
        if len([each for each in parameters if each.last]) > 1:
            raise self._wrong("several parameters are marked as last; expected one", STREAM)
        return compiled

    def _check_filter(self, field: FieldDescriptor, on: str, events: tuple[EventType, ...]) -> None:
        looked_at = [payload.fields_by_name[on] for payload in self._payloads(events) if on in payload.fields_by_name]
        if not looked_at:
            raise self._wrong(f"filter: no event has a field {on!r}", PARAMETER, field)
        for other in looked_at:
            if other.is_repeated or other.type != field.type or other.enum_type != field.enum_type:
                reason = f"filter: {other.full_name} is of another type; expected a single field of the same type"
                raise self._wrong(reason, PARAMETER, field)

    def _payloads(self, events: tuple[EventType, ...]) -> Iterator[Descriptor]:
        response = self._method.output_type
        for event in events:
            member = response.fields_by_name[event.member].message_type if event.member else response
            if member is not None:
                yield member

    def _resume_request(self) -> Callable[[str], bytes] | None:
        name = self._stream.resume_request_field
        if not name:
            return None
        self._check_string(self._request, name, "resume_request_field")
        request = message_class(self._request)
        return lambda token: request(**{name: token}).SerializeToString()

    def _token(self) -> Getter:
        name = self._stream.resume_response_field
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
    bookmarks = False


def _history(options: Any) -> History:
    if options is None:
        return History(None, None, None)
    age = options.max_age.seconds + options.max_age.nanos / 1e9
    return History(options.max_events or None, options.max_bytes or None, age or None)
