"""Message descriptors compiled: for each a msgspec Struct, and a function that fills it from a message.

The function is Python source, made and compiled once, so that nothing about a field is looked up while
messages flow. For a message with a required `id`, an optional `error` and repeated `stages` it reads:

    def convert_Operation(m):
        return struct_Operation(
            id=m.id,
            error=m.error if m.HasField("error") else UNSET,
            stages=[convert_Stage(v) for v in m.stages] or UNSET,
        )

Required is what `google.api.field_behavior` (or proto2) says; every other key is absent when it is unset,
which is ProtoJSON's rule.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from itertools import count
from types import ModuleType
from typing import Any, ForwardRef, NamedTuple

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from msgspec import NODEFAULT, UNSET, Struct, defstruct, to_builtins

from gateway.contract import fields, values, wellknown
from gateway.contract.descriptors import Descriptors, message_class, real_oneofs
from gateway.contract.enums import EnumSpelling, enum_spelling
from gateway.contract.examples import Examples
from gateway.contract.fields import StructField
from gateway.contract.naming import struct_name
from gateway.contract.values import Value
from gateway.contract.wellknown import WELL_KNOWN
from gateway.errors import ContractError

FINITE = "gateway.sse.v1.finite"
_modules = count(1)


class MessageType(NamedTuple):
    """A message as JSON."""

    struct: Any
    """The Struct that is encoded, with the proto comments as its descriptions; for a well-known type, its JSON's."""
    convert: Callable[[Any], Any]
    """From the protobuf message to what is encoded."""


class MessageCompiler:
    """Compiles the messages of one contract, each once."""

    def __init__(self, descriptors: Descriptors) -> None:
        self._descriptors = descriptors
        self._examples = Examples(descriptors)
        # Structs that refer to themselves resolve their names in a module that must really exist.
        self._module = ModuleType(f"gateway.contract.compiled_{next(_modules)}")
        sys.modules[self._module.__name__] = self._module
        self._names: dict[str, Any] = {"UNSET": UNSET}
        self._structs: dict[str, Any] = {}
        self._spellings: dict[str, EnumSpelling] = {}
        self.oneofs: dict[str, tuple[tuple[str, ...], ...]] = {}
        """By the name of a Struct: the sets of JSON keys of which at most one is there."""

    def compile(self, message: Descriptor) -> MessageType:
        """A Struct with the fields of a message, and its converter.

        Raises:
            ContractError: a message requires itself, so that it could never end.
        """
        if known := self._well_known(message):
            return known
        key = self._message(message)
        return MessageType(self._structs[key], self._names[f"convert_{key}"])

    def spelling(self, enum: EnumDescriptor) -> EnumSpelling:
        """How the values of an enum are written."""
        if enum.full_name not in self._spellings:
            self._spellings[enum.full_name] = enum_spelling(self._descriptors, enum)
        return self._spellings[enum.full_name]

    def _message(self, message: Descriptor) -> str:
        """The identifier of a message, which is compiled when this returns or is in the making."""
        key = _identifier(message.full_name)
        if key in self._structs:
            return key
        self._structs[key] = ForwardRef(key)
        try:
            own = [self._field(field) for field in message.fields]
        except ContractError:
            del self._structs[key]
            raise
        self._structs[key] = self._struct(message, own)
        setattr(self._module, key, self._structs[key])
        self._converter(key, self._structs[key], own)
        return key

    def _struct(self, message: Descriptor, own: list[StructField]) -> type[Struct]:
        name = struct_name(message.full_name)
        self.oneofs[name] = tuple(tuple(field.name for field in each.fields) for each in real_oneofs(message))
        return defstruct(
            name,
            [(field.attribute, field.annotation, field.default) for field in own],
            namespace={"__doc__": self._descriptors.source.comment(message.full_name) or None},
            module=self._module.__name__,
            rename={field.attribute: field.key for field in own},
            kw_only=True,
            gc=False,
        )

    def _converter(self, key: str, struct: type[Struct], own: list[StructField]) -> None:
        arguments = "".join(f"        {field.attribute}={field.expression},\n" for field in own)
        source = f"def convert_{key}(m):\n    return struct_{key}(\n{arguments}    )\n"
        self._names[f"struct_{key}"] = struct
        exec(compile(source, f"<convert {key}>", "exec"), self._names)  # noqa: S102 - made of protobuf identifiers only

    def _field(self, field: FieldDescriptor) -> StructField:
        self._refuse_misplaced(field)
        required = self._descriptors.required(field)
        if entry := _map_entry(field):
            key = values.map_key(entry["key"].type)
            annotation, expression = fields.map_field(field, key, self._value(entry["value"]), required)
        else:
            form = fields.repeated_field if field.is_repeated else fields.single_field
            annotation, expression = form(field, self._value(field), required)
        self._refuse_endless(field)
        described = fields.described(annotation, *self._examples.described(field, self.spelling))
        default = NODEFAULT if required else UNSET
        return StructField(fields.attribute(field.name), field.name, described, default, expression)

    def _refuse_endless(self, field: FieldDescriptor) -> None:
        if field.containing_type and self._requires(field, field.containing_type, set()):
            reason = "a REQUIRED field cannot hold a message that holds this one: it could never end"
            raise ContractError([self._descriptors.problem(field, reason)])

    def _requires(self, field: FieldDescriptor, wanted: Descriptor, seen: set[str]) -> bool:
        """True where a message of the type `wanted` is in every value of a field."""
        message = field.message_type
        if message is None or field.is_repeated or message.full_name in seen or not self._descriptors.required(field):
            return False
        seen.add(message.full_name)
        return message == wanted or any(self._requires(each, wanted, seen) for each in message.fields)

    def _value(self, field: FieldDescriptor) -> Value:
        if field.enum_type is not None:
            return self._enum(field.enum_type)
        if field.message_type is None:
            return self._named(self._scalar(field))
        if known := self._well_known(field.message_type):
            name = f"convert_{_identifier(field.message_type.full_name)}"
            return self._named(values.message_value(name, *known))
        key = self._message(field.message_type)
        return Value(self._structs[key], f"convert_{key}({{}})")

    def _well_known(self, message: Descriptor) -> MessageType | None:
        if message.full_name == "google.protobuf.Any":
            return MessageType(wellknown.AnyMessage, self._any)
        known = WELL_KNOWN.get(message.full_name)
        return MessageType(known.annotation, known.convert) if known else None

    def _any(self, message: Any) -> dict[str, Any]:
        """A google.protobuf.Any with its `@type`, which must be in the contract.

        Raises:
            LookupError: it is not.
            ValueError: it is of a type that cannot be served.
        """
        if not message.type_url:
            return _empty_any(message)
        held = self._descriptors.pool.FindMessageTypeByName(message.type_url.rpartition("/")[2])
        inner = message_class(held).FromString(message.value)
        if known := self._well_known(held):
            return {"@type": message.type_url, "value": known.convert(inner)}
        try:
            converted = self._names[f"convert_{self._message(held)}"](inner)
        except ContractError as error:
            raise ValueError(str(error)) from None
        fields: dict[str, Any] = to_builtins(converted)
        return {"@type": message.type_url} | fields

    def _scalar(self, field: FieldDescriptor) -> Value:
        finite = self._descriptors.option(field, FINITE)
        return (values.FINITE if finite else values.SCALARS)[field.type]

    def _refuse_misplaced(self, field: FieldDescriptor) -> None:
        if self._descriptors.option(field, FINITE) and field.type not in values.FINITE:
            raise ContractError([self._descriptors.problem(field, "finite is for double and float fields", FINITE)])

    def _enum(self, enum: EnumDescriptor) -> Value:
        if enum.full_name == "google.protobuf.NullValue":
            return values.null_value()
        return self._named(values.enum_value(f"spell_{_identifier(enum.full_name)}", self.spelling(enum)))

    def _named(self, value: Value) -> Value:
        self._names.update(value.names)
        return value


def _identifier(full_name: str) -> str:
    # The middle dot may stand in a Python identifier and not in a protobuf one: `A.B` and `A_B` stay apart.
    return full_name.replace(".", "\N{MIDDLE DOT}")


def _empty_any(message: Any) -> dict[str, Any]:
    if message.value:
        raise ValueError("a google.protobuf.Any has a value and no type")
    return {}


def _map_entry(field: FieldDescriptor) -> Mapping[str, FieldDescriptor] | None:
    message = field.message_type
    return message.fields_by_name if message and message.GetOptions().map_entry else None
