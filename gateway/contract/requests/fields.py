"""Ways to the fields of a request: by name, as a template or a query writes it, and all that a query can reach."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from gateway.contract.http.rules import WHOLE
from gateway.contract.requests.text_messages import OPAQUE, TEXT_MESSAGES

FieldPath = tuple[FieldDescriptor, ...]
"""The fields from the request's own down to the one that is meant."""
_UNDIVIDED = frozenset(TEXT_MESSAGES) | OPAQUE
MOST = 200
"""How many fields of one request a query can reach; what lies deeper is left out."""


class FieldNames:
    """Fields by name, the proto name and the JSON name alike, of all messages that are asked for."""

    def __init__(self) -> None:
        self._known: dict[str, Mapping[str, FieldDescriptor]] = {}

    def of(self, message: Descriptor) -> Mapping[str, FieldDescriptor]:
        """The fields of a message by either name; where one's JSON name is another's own, the JSON name counts."""
        known = self._known.get(message.full_name)
        if known is None:
            by_json_name = {str(field.json_name): field for field in message.fields}
            known = self._known[message.full_name] = {**message.fields_by_name, **by_json_name}
        return known

    def find(self, message: Descriptor, text: str) -> FieldPath | None:
        """The way that `a.b.c` means, through messages that are neither repeated nor maps; None where there is none."""
        path: list[FieldDescriptor] = []
        inside: Descriptor | None = message
        for part in text.split("."):
            field = self.of(inside).get(part) if inside else None
            if field is None:
                return None
            path.append(field)
            inside = field.message_type if enterable(field) else None
        return tuple(path)


def enterable(field: FieldDescriptor) -> bool:
    """True where a query and a path reach the fields of a field's message one by one."""
    message = field.message_type
    return message is not None and not field.is_repeated and message.full_name not in _UNDIVIDED


def reachable(request: Descriptor, left_out: Collection[str] = ()) -> list[FieldPath]:
    """Every field that is not a message to enter.

    A message type is entered once on a way, so that recursion ends; nearer fields come before deeper ones where there
    are more than `MOST`.

    Args:
        request: the message.
        left_out: names of its own fields that are not entered.
    """
    found: list[FieldPath] = []
    ways: deque[FieldPath] = deque((field,) for field in request.fields if field.name not in left_out)
    while ways and len(found) < MOST:
        way = ways.popleft()
        if not enterable(way[-1]):
            found.append(way)
        elif len(ways) < 10 * MOST and not _entered(request, way):
            ways += [(*way, field) for field in _message(way[-1]).fields]
    return found


def in_order(paths: Iterable[FieldPath]) -> list[FieldPath]:
    """Ways in the order of the source."""
    return sorted(paths, key=lambda path: [field.index for field in path])


def _entered(request: Descriptor, way: FieldPath) -> bool:
    """True where the last message of a way has been entered before on it."""
    return _message(way[-1]).full_name in {request.full_name, *(_message(field).full_name for field in way[:-1])}


def _message(field: FieldDescriptor) -> Any:
    """The message that a field holds, which is known to hold one."""
    return field.message_type


def dotted(path: Sequence[FieldDescriptor]) -> str:
    """`a.b.c`, by proto names."""
    return ".".join(field.name for field in path)


def wrong_path_field(request: Descriptor, name: str, without: Collection[str] = ()) -> str:
    """Why a field cannot stand in a path; empty where it can.

    Args:
        request: the message.
        name: the dotted field path in the template.
        without: names of fields that the gateway fills.
    """
    path = FieldNames().find(request, name)
    if path is None:
        return _unknown(request, name)
    if path[0].name in without:
        return f"field {name!r} is the resume field, which the gateway fills"
    field = path[-1]
    if field.is_repeated or (field.message_type is not None and field.message_type.full_name not in TEXT_MESSAGES):
        return f"field {name!r} must be a single scalar, or a well-known type that is text, to stand in a path"
    return ""


def wrong_body_field(
    request: Descriptor, name: str, in_path: Collection[str] = (), without: Collection[str] = ()
) -> str:
    """Why a field cannot be the body; empty where it can.

    Args:
        request: the message.
        name: `*`, or the field; empty for no body.
        in_path: the dotted field paths in the template.
        without: names of fields that the gateway fills.
    """
    if name in ("", WHOLE):
        return ""
    field = FieldNames().of(request).get(name)
    if field is None:
        return _unknown(request, name)
    if field.name in without:
        return f"field {name!r} is the resume field, which the gateway fills"
    if name in in_path:
        return f"field {name!r} stands in the path"
    return ""


def shared_oneofs(request: Descriptor, in_path: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pairs of fields in a path of which a request can hold only one: members of one oneof."""
    names = FieldNames()
    first: dict[tuple[str, str], str] = {}
    for text in in_path:
        way = names.find(request, text) or ()
        for depth, field in enumerate(way, 1):
            if field.containing_oneof is not None:
                at = (dotted(way[: depth - 1]), field.containing_oneof.name)
                member = dotted(way[:depth])
                if first.setdefault(at, member) != member:
                    yield first[at], member


def _unknown(request: Descriptor, name: str) -> str:
    *parents, last = name.split(".")
    message: Descriptor | None = request
    for count, part in enumerate((*parents, last)):
        field = FieldNames().of(message).get(part) if message else None
        if message is None or field is None:
            break
        if not enterable(field) and count < len(parents):
            return f"field {'.'.join(parents[: count + 1])!r} of {name!r} must be a single message"
        message = field.message_type if enterable(field) else None
    owner = message or request
    known = ", ".join(owner.fields_by_name) or "none"
    return f"{owner.full_name} has no field {name!r}; it has: {known}"
