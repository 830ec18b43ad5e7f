"""Values put into a request at the way to a field, and the fields that a request must have."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from gateway.contract.messages.wellknown import single
from gateway.contract.requests.fields import FieldPath, dotted
from gateway.contract.requests.parameters import Parameter
from gateway.contract.requests.parsing import NUMBERS
from gateway.errors import WrongParameter


def assign(request: Any, parameter: Parameter, values: list[Any]) -> str:
    """Gives a field its values, all of them where it is repeated.

    Returns:
        Empty; or, and then nothing is assigned, the field that is set already in a oneof on the way.
    """
    way = parameter.field_path
    if other := _rival(request, way):
        return other
    message = request
    for field in way[:-1]:
        message = getattr(message, field.name)
    last = way[-1]
    if last.is_repeated:
        del getattr(message, last.name)[:]
        getattr(message, last.name).extend(values)
    elif last.message_type is not None:
        getattr(message, last.name).CopyFrom(values[0])
        getattr(message, last.name).SetInParent()
    else:
        setattr(message, last.name, values[0])
    return ""


def take(request: Any, parameter: Parameter) -> list[Any]:
    """The values that the body gives for a field with options; taken out of a request that goes upstream without it.

    Raises:
        ValueError: one is not what the options allow.
    """
    field = parameter.field_path[0]
    held = getattr(request, field.name)
    values = [_checked(parameter, field, each) for each in (held if field.is_repeated else [held])]
    if not parameter.upstream:
        request.ClearField(field.name)
        # An empty text is an absent one, as in a query.
        return [each for each in values if each not in ("", b"")]
    return values


def _checked(parameter: Parameter, field: FieldDescriptor, value: Any) -> Any:
    """A value as the parameter's text would give it: within its bounds, of equally spelled enum values the last."""
    if field.message_type is not None:
        number = getattr(value, "value", None)
        if isinstance(number, int | float):
            _checked(parameter, field.message_type.fields_by_name["value"], number)
        return value
    if field.enum_type is not None:
        declared = field.enum_type.values_by_number.get(value)
        return parameter.type(declared.name if declared else str(value))
    if field.type not in NUMBERS:
        return value
    # A float is held against its bounds as it is written, not as the 32 bits that it is sent as.
    return parameter.type(str(single(value) if field.type == FieldDescriptor.TYPE_FLOAT else value))


def _rival(request: Any, way: FieldPath) -> str:
    message = request
    for depth, field in enumerate(way):
        if field.containing_oneof is not None:
            holds = message.WhichOneof(field.containing_oneof.name)
            if holds not in (None, field.name):
                return dotted((*way[:depth], message.DESCRIPTOR.fields_by_name[holds]))
        if depth < len(way) - 1:
            message = getattr(message, field.name)
    return ""


class RequiredFields:
    """The fields that a contract requires, of the messages that a path and a query fill.

    Args:
        parameters: of the route.
    """

    def __init__(self, parameters: Iterable[Parameter]) -> None:
        self._ways = {each.name: each.field_path for each in parameters if each.field_path and not each.in_body}
        self._names: dict[FieldPath, str] = {
            each.field_path[:depth]: each.name.rsplit(".", len(each.field_path) - depth)[0]
            for each in parameters
            for depth in each.required_depths
            if each.name in self._ways
        }

    def missing(self, given: Collection[str], filled: Collection[str]) -> Iterator[WrongParameter]:
        """What is required and not there. A field of a message in the request is so only where the message is there.

        Args:
            given: names of the parameters that are given.
            filled: names of the request's own fields that the body gives.
        """
        there = {way[:depth] for name in given if (way := self._ways.get(name)) for depth in range(len(way) + 1)}
        for way, name in self._names.items():
            inside = len(way) == 1 or way[:-1] in there
            if inside and way not in there and way[0].name not in filled:
                yield WrongParameter(name, "required")
