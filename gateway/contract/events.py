"""The members of a response's oneof as named events."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor, OneofDescriptor

from gateway.contract.descriptors import Descriptors, real_oneofs
from gateway.contract.filters import Attributes
from gateway.contract.messages.compiler import MessageCompiler
from gateway.contract.messages.fields import access
from gateway.contract.messages.samples import Samples
from gateway.errors import ContractError, Problem

OPTION = "gateway.sse.v1.event"
_NAME = re.compile(r"[A-Za-z0-9_.:-]+")
_EVENT_SOURCE_OWNS = {"open", "message"}
_GATEWAY_PREFIX = "stream-"
_WHOLE = "(gateway.sse.v1.stream).whole_responses = true"

Getter = Callable[[Any], Any]
"""From a message to something it holds."""


@dataclass(frozen=True)
class EventType:
    """One kind of event of a route."""

    name: str | None
    """The name on the wire; None for an unnamed event."""
    member: str | None
    """The member of the oneof it is made of; None where the whole response is the payload."""
    description: str
    """The member's comment; the method's for an unnamed event."""
    components: tuple[str, ...]
    """Names that documents may give it, the preferred one first and the last one unique; none for an unnamed event,
    which goes by the name of its message."""
    struct: Any
    """What is encoded as its data: a Struct, or the type that a well-known type's JSON has."""
    convert: Getter
    """From the member's message to the Struct."""
    attributes: Callable[[Any], Attributes]
    """What the route's filters look at; None for a field that this event does not have."""
    key: Getter
    """What the event is about; None where the event has no key."""
    token: Getter
    """The resume token in the member's message; None where it has none."""
    terminal: bool
    """True where no later event of its key follows."""
    keyed: bool
    """True where the events have a key."""
    sample: Callable[[], Any]
    """Makes an example of the member's message."""


class EventCompiler:
    """Compiles the events of one method.

    Args:
        filter_fields: the payload fields that the method's filters look at.
        whole: True where each response is one unnamed event, whatever oneofs it has.
    """

    def __init__(
        self,
        descriptors: Descriptors,
        compiler: MessageCompiler,
        method: MethodDescriptor,
        filter_fields: tuple[str, ...],
        whole: bool = False,
    ) -> None:
        self._descriptors = descriptors
        self._compiler = compiler
        self._method = method
        self._filter_fields = filter_fields
        self._whole = whole
        self._samples = Samples(descriptors)

    def compile(self) -> tuple[str | None, tuple[EventType, ...]]:
        """The name of the oneof and its events; without a oneof, None and one unnamed event.

        Raises:
            ContractError: with every member that cannot be an event.
        """
        oneof = None if self._whole else self._oneof()
        if oneof is None:
            return None, (self._whole_response(),)
        problems: list[Problem] = []
        events: dict[str, EventType] = {}
        for member in oneof.fields:
            try:
                event = self._event(member)
                name = str(event.name)
                self._refuse_twice(member, name, events)
                events[name] = event
            except ContractError as error:
                problems += error.problems
        if problems:
            raise ContractError(problems)
        return oneof.name, tuple(events.values())

    def _oneof(self) -> OneofDescriptor | None:
        response = self._method.output_type
        oneofs = real_oneofs(response)
        marked = [each for each in oneofs if any(self._descriptors.option(field, OPTION) for field in each.fields)]
        chosen = marked or oneofs
        if len(chosen) > 1:
            names = ", ".join(each.name for each in chosen)
            reason = f"{response.full_name} has several oneofs ({names}); mark one's members, or {_WHOLE}"
            raise self._wrong(self._method, reason)
        return chosen[0] if chosen else None

    def _whole_response(self) -> EventType:
        response = self._method.output_type
        return self._event_type(None, None, response, (), _NoOptions)

    def _event(self, member: FieldDescriptor) -> EventType:
        options = self._descriptors.option(member, OPTION) or _NoOptions
        name = options.name or member.name
        if reason := _wrong_name(name):
            raise self._wrong(member, reason)
        if member.message_type is None:
            raise self._wrong(member, f"a scalar cannot be an event; expected a message, or {_WHOLE}")
        return self._event_type(name, member, member.message_type, self._components(name), options)

    def _event_type(
        self,
        name: str | None,
        member: FieldDescriptor | None,
        payload: Descriptor,
        components: tuple[str, ...],
        options: Any,
    ) -> EventType:
        struct, convert = self._compiler.compile(payload)
        element = (member or self._method).full_name
        return EventType(
            name=name,
            member=member.name if member else None,
            description=self._descriptors.source.comment(element),
            components=components,
            struct=struct,
            convert=convert,
            attributes=self._attributes(payload),
            key=self._getter(member, payload, options.key_field, "key_field"),
            token=self._getter(member, payload, options.resume_token_field, "resume_token_field"),
            terminal=options.terminal,
            keyed=bool(options.key_field),
            sample=partial(self._samples.sample, payload, element),
        )

    def _components(self, event: str) -> tuple[str, ...]:
        """`ProgressCompletedEvent` for `completed` of ProgressService; then with the method's name, then the whole."""
        service = self._method.containing_service.name.removesuffix("Service")
        name = "".join(word[:1].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", event))
        whole = self._method.full_name.replace(".", "_")
        return f"{service}{name}Event", f"{service}{self._method.name}{name}Event", f"{whole}{name}Event"

    def _getter(self, member: FieldDescriptor | None, payload: Descriptor, name: str, option: str) -> Getter:
        if not name:
            return _nothing
        field = payload.fields_by_name.get(name)
        if field is None or field.is_repeated or field.message_type is not None:
            reason = f"{option} {name!r}: expected a single scalar field of {payload.full_name}"
            raise self._wrong(member or self._method, reason)
        if option == "resume_token_field" and field.type != FieldDescriptor.TYPE_STRING:
            raise self._wrong(member or self._method, f"{option} {name!r}: expected a string field")
        return attrgetter(name)

    def _attributes(self, payload: Descriptor) -> Callable[[Any], Attributes]:
        names: dict[str, Mapping[int, int]] = {}
        parts = []
        for position, name in enumerate(self._filter_fields):
            field = payload.fields_by_name.get(name)
            if field is not None and field.enum_type is not None:
                names[f"canonical_{position}"] = self._compiler.spelling(field.enum_type).canonical
                # A number that is unknown stays itself: a level above all known ones passes "at least".
                parts.append(f"canonical_{position}.get({access(name)}, {access(name)})")
            else:
                parts.append(access(name) if field is not None else "None")
        # Made of field names that were looked up above.
        getter: Callable[[Any], Attributes] = eval(f"lambda m: ({''.join(f'{part}, ' for part in parts)})", {**names})  # noqa: S307
        return getter

    def _refuse_twice(self, member: FieldDescriptor, name: str, events: Mapping[str, EventType]) -> None:
        if name in events:
            raise self._wrong(member, f"the event name {name!r} is taken by the member {events[name].member!r}")

    def _wrong(self, element: MethodDescriptor | FieldDescriptor, reason: str) -> ContractError:
        return ContractError([self._descriptors.problem(element, reason, OPTION)])


class _NoOptions:
    """Stands for the options of a member that carries none."""

    name = key_field = resume_token_field = ""
    terminal = False


def _nothing(message: Any) -> None:
    return None


def _wrong_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        return f"event name {name!r}: expected letters, digits, '_', '-', '.' and ':'"
    if name in _EVENT_SOURCE_OWNS or name.startswith(_GATEWAY_PREFIX):
        return f"event name {name!r} is taken: EventSource owns 'open' and 'message', the gateway 'stream-…'"
    return ""
