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
from msgspec import NODEFAULT, UNSET, Struct, defstruct

from gateway.contract import fields, values
from gateway.contract.descriptors import Descriptors
from gateway.contract.enums import EnumSpelling, enum_spelling
from gateway.contract.fields import StructField
from gateway.contract.values import Value
from gateway.contract.wellknown import WELL_KNOWN
from gateway.errors import ContractError

_REQUIRED = 2  # google.api.FieldBehavior.REQUIRED
_modules = count(1)


class MessageType(NamedTuple):
    """A message as JSON."""

    struct: type[Struct]
    """The Struct that is encoded; its docstring and descriptions are the proto comments."""
    convert: Callable[[Any], Struct]
    """From the protobuf message to the Struct."""


class MessageCompiler:
    """Compiles the messages of one contract, each once."""

    def __init__(self, descriptors: Descriptors) -> None:
        self._descriptors = descriptors
        # Structs that refer to themselves resolve their names in a module that must really exist.
        self._module = ModuleType(f"gateway.contract.compiled_{next(_modules)}")
        sys.modules[self._module.__name__] = self._module
        self._names: dict[str, Any] = {"UNSET": UNSET}
        self._structs: dict[str, Any] = {}
        self._fields: dict[str, list[StructField]] = {}
        self._spellings: dict[str, EnumSpelling] = {}

    def compile(self, message: Descriptor, name: str) -> MessageType:
        """A Struct called `name` with the fields of a message, and its converter.

        Raises:
            ContractError: a message requires itself, so that it could never end.
        """
        key = self._message(message)
        base = self._structs[key]
        namespace = {"__doc__": base.__doc__}
        struct = defstruct(name, [], bases=(base,), namespace=namespace, module=self._module.__name__, gc=False)
        return MessageType(struct, self._converter(f"{key}_as_{name}", struct, self._fields[key]))

    def spelling(self, enum: EnumDescriptor) -> EnumSpelling:
        """How the values of an enum are written."""
        if enum.full_name not in self._spellings:
            self._spellings[enum.full_name] = enum_spelling(self._descriptors, enum)
        return self._spellings[enum.full_name]

    def _message(self, message: Descriptor) -> str:
        """The identifier of a message, which is compiled when this returns or is in the making."""
        key = _identifier(message.full_name)
        if key not in self._structs:
            self._structs[key] = ForwardRef(key)
            self._fields[key] = [self._field(field) for field in message.fields]
            self._structs[key] = self._struct(message, self._fields[key])
            setattr(self._module, key, self._structs[key])
            self._converter(key, self._structs[key], self._fields[key])
        return key

    def _struct(self, message: Descriptor, own: list[StructField]) -> type[Struct]:
        return defstruct(
            message.name,
            [(field.attribute, field.annotation, field.default) for field in own],
            namespace={"__doc__": self._descriptors.source.comment(message.full_name) or None},
            module=self._module.__name__,
            rename={field.attribute: field.key for field in own},
            kw_only=True,
            gc=False,
        )

    def _converter(self, key: str, struct: type[Struct], own: list[StructField]) -> Callable[[Any], Struct]:
        arguments = "".join(f"        {field.attribute}={field.expression},\n" for field in own)
        source = f"def convert_{key}(m):\n    return struct_{key}(\n{arguments}    )\n"
        self._names[f"struct_{key}"] = struct
        exec(compile(source, f"<convert {key}>", "exec"), self._names)  # noqa: S102 - made of protobuf identifiers only
        converter: Callable[[Any], Struct] = self._names[f"convert_{key}"]
        return converter

    def _field(self, field: FieldDescriptor) -> StructField:
        required = self._required(field)
        if entry := _map_entry(field):
            key = values.map_key(entry["key"].type)
            annotation, expression = fields.map_field(field, key, self._value(entry["value"]), required)
        else:
            form = fields.repeated_field if field.is_repeated else fields.single_field
            annotation, expression = form(field, self._value(field), required)
        described = fields.described(annotation, self._descriptors.source.comment(field.full_name))
        default = NODEFAULT if required else UNSET
        return StructField(fields.attribute(field.name), field.name, described, default, expression)

    def _required(self, field: FieldDescriptor) -> bool:
        behaviors = self._descriptors.option(field, "google.api.field_behavior") or ()
        required = field.is_required or _REQUIRED in behaviors
        if required and field.message_type and not field.is_repeated and self._in_the_making(field.message_type):
            reason = "a REQUIRED field cannot hold a message that holds this one: it could never end"
            raise ContractError([self._descriptors.problem(field, reason)])
        return required

    def _in_the_making(self, message: Descriptor) -> bool:
        return isinstance(self._structs.get(_identifier(message.full_name)), ForwardRef)

    def _value(self, field: FieldDescriptor) -> Value:
        if field.enum_type is not None:
            return self._enum(field.enum_type)
        if field.message_type is None:
            return self._named(values.SCALARS[field.type])
        if known := WELL_KNOWN.get(field.message_type.full_name):
            name = f"convert_{_identifier(field.message_type.full_name)}"
            return self._named(values.message_value(name, *known))
        key = self._message(field.message_type)
        return Value(self._structs[key], f"convert_{key}({{}})")

    def _enum(self, enum: EnumDescriptor) -> Value:
        if enum.full_name == "google.protobuf.NullValue":
            return values.null_value()
        return self._named(values.enum_value(f"spell_{_identifier(enum.full_name)}", self.spelling(enum)))

    def _named(self, value: Value) -> Value:
        self._names.update(value.names)
        return value


def _identifier(full_name: str) -> str:
    return full_name.replace(".", "_")


def _map_entry(field: FieldDescriptor) -> Mapping[str, FieldDescriptor] | None:
    message = field.message_type
    return message.fields_by_name if message and message.GetOptions().map_entry else None
