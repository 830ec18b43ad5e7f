"""Message descriptors compiled: for each a msgspec Struct, and a function that fills it from a message.

The function is Python source, made and compiled once, so that nothing about a field is looked up while
messages flow. For a message with a required `id`, an optional `error` and repeated `stages` it reads:

    def convert_Operation(m, has=class_Operation.HasField):
        return struct_Operation(
            id=m.id,
            error=m.error if has(m, "error") else UNSET,
            stages=[convert_Stage(v) for v in m.stages] or UNSET,
        )

Required is what `google.api.field_behavior` (or proto2) says; every other key is absent when it is unset,
which is ProtoJSON's rule. Extensions that the contract knows follow the message's own fields.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from types import ModuleType
from typing import Any, ForwardRef

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from msgspec import NODEFAULT, UNSET, Struct, defstruct

from gateway.contract.descriptors import Descriptors, message_class, real_oneofs
from gateway.contract.messages import fields, values, wellknown
from gateway.contract.messages.anys import ANY, AnyConverter, MessageType
from gateway.contract.messages.enums import EnumSpelling, enum_spelling
from gateway.contract.messages.examples import Examples
from gateway.contract.messages.fields import StructField, identifier
from gateway.contract.messages.naming import struct_name
from gateway.contract.messages.values import Value
from gateway.contract.messages.wellknown import WELL_KNOWN
from gateway.errors import ContractError

FINITE = "gateway.sse.v1.finite"
_UNFIT = re.compile(r'["\\\x00-\x1f]')
_WITH_AN_EMPTY_FORM = {f"google.protobuf.{name}" for name in ("Struct", "Value", "ListValue", "Empty")}
_modules = count(1)


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
        self._any = AnyConverter(descriptors, self.compile)
        self.oneofs: dict[str, tuple[tuple[str, ...], ...]] = {}
        """By the name of a Struct: the sets of JSON keys of which at most one is there."""

    def compile(self, message: Descriptor) -> MessageType:
        """A Struct with the fields of a message, and its converter.

        Raises:
            ContractError: a message requires itself, so that it could never end; or a field's JSON name cannot be
                a key.
        """
        if known := self._well_known(message):
            return known
        if (key := identifier(message.full_name)) not in self._structs:
            with self._whole_or_not_at_all():
                self._message(message)
        return MessageType(self._structs[key], self._names[f"convert_{key}"])

    def compile_field(self, field: FieldDescriptor) -> MessageType:
        """The value of one field, which is always there, and its converter from the message that holds the field.

        An absent value is null; a message that is an object in JSON is the empty one.

        Raises:
            ContractError: as of `compile`.
        """
        with self._whole_or_not_at_all():
            annotation, expression = self._formed(field, required=True)
        if field.has_presence and not self._descriptors.required(field) and not _never_null(field):
            annotation, expression = fields.or_null(field, annotation, expression)
        key = identifier(field.full_name)
        self._names[f"class_{key}"] = message_class(field.containing_type)
        convert = self._function(f"value_{key}", f"m, has=class_{key}.HasField", expression)
        return MessageType(annotation, convert)

    def spelling(self, enum: EnumDescriptor) -> EnumSpelling:
        """How the values of an enum are written."""
        if enum.full_name not in self._spellings:
            self._spellings[enum.full_name] = enum_spelling(self._descriptors, enum)
        return self._spellings[enum.full_name]

    def _message(self, message: Descriptor) -> str:
        """The identifier of a message, which is compiled when this returns or is in the making."""
        key = identifier(message.full_name)
        if key in self._structs:
            return key
        self._structs[key] = ForwardRef(key)
        own = [self._field(field) for field in (*message.fields, *self._extensions(message))]
        self._structs[key] = self._struct(message, own)
        setattr(self._module, key, self._structs[key])
        self._converter(key, message, own)
        return key

    def _extensions(self, message: Descriptor) -> list[FieldDescriptor]:
        """What the contract extends a message with, in json_format's order."""
        found = sorted(self._descriptors.pool.FindAllExtensions(message), key=lambda each: each.number)
        self._names.update((fields.extension_name(each), each) for each in found)
        return found

    @contextmanager
    def _whole_or_not_at_all(self) -> Iterator[None]:
        """Forgets what has been compiled when one part of it cannot be: the rest may refer to that part."""
        before = set(self._structs)
        try:
            yield
        except BaseException:
            for key in self._structs.keys() - before:
                del self._structs[key]
            raise

    def _struct(self, message: Descriptor, own: list[StructField]) -> type[Struct]:
        name = struct_name(message.full_name)
        self.oneofs[name] = tuple(
            tuple(self._descriptors.key(field) for field in each.fields) for each in real_oneofs(message)
        )
        return defstruct(
            name,
            [(field.attribute, field.annotation, field.default) for field in own],
            namespace={"__doc__": self._descriptors.source.comment(message.full_name) or None},
            module=self._module.__name__,
            rename={field.attribute: field.key for field in own},
            kw_only=not _positional(own),
            gc=False,
        )

    def _converter(self, key: str, message: Descriptor, own: list[StructField]) -> None:
        self._names |= {f"struct_{key}": self._structs[key], f"class_{key}": message_class(message)}
        # Bound here, so that a message may have a field of such a name; and a local name is the fastest one.
        methods = {"has": "HasField", "has_extension": "HasExtension", "extensions": "Extensions.__get__"}
        named = not _positional(own)
        arguments = "".join(f"        {f'{each.attribute}=' if named else ''}{each.expression},\n" for each in own)
        whole = f"struct_{key}(\n{arguments}    )"
        bound = "".join(f", {name}=class_{key}.{method}" for name, method in methods.items() if f"{name}(m" in whole)
        self._function(f"convert_{key}", f"m{bound}", whole)

    def _function(self, name: str, parameters: str, expression: str) -> Callable[[Any], Any]:
        source = f"def {name}({parameters}):\n    return {expression}\n"
        exec(compile(source, f"<{name}>", "exec"), self._names)  # noqa: S102 - made of protobuf identifiers only
        made: Callable[[Any], Any] = self._names[name]
        return made

    def _field(self, field: FieldDescriptor) -> StructField:
        required = self._descriptors.required(field)
        annotation, expression = self._formed(field, required)
        self._refuse_endless(field)
        described = fields.described(annotation, *self._examples.described(field, self.spelling))
        default = NODEFAULT if required else UNSET
        return StructField(fields.attribute(field), self._key(field), described, default, expression)

    def _key(self, field: FieldDescriptor) -> str:
        key = self._descriptors.key(field)
        if _UNFIT.search(key):
            # A field's own name never is; `json_name` is whatever somebody wrote, and msgspec escapes no keys.
            reason = f"json_name {key!r}: quotes, backslashes and control characters cannot be served"
            raise ContractError([self._descriptors.problem(field, reason)])
        return key

    def _formed(self, field: FieldDescriptor, required: bool) -> tuple[Any, str]:
        self._refuse_misplaced(field)
        if entry := _map_entry(field):
            key = values.map_key(entry["key"].type)
            return fields.map_field(field, key, self._value(entry["value"]), required)
        form = fields.repeated_field if field.is_repeated else fields.single_field
        return form(field, self._value(field), required)

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
            name = f"convert_{identifier(field.message_type.full_name)}"
            return self._named(values.message_value(name, *known))
        key = self._message(field.message_type)
        return Value(self._structs[key], f"convert_{key}({{}})")

    def _well_known(self, message: Descriptor) -> MessageType | None:
        if message.full_name == ANY:
            return MessageType(wellknown.AnyMessage, self._any)
        known = WELL_KNOWN.get(message.full_name)
        return MessageType(known.annotation, known.convert) if known else None

    def _scalar(self, field: FieldDescriptor) -> Value:
        finite = self._descriptors.option(field, FINITE)
        return (values.FINITE if finite else values.SCALARS)[field.type]

    def _refuse_misplaced(self, field: FieldDescriptor) -> None:
        if self._descriptors.option(field, FINITE) and field.type not in values.FINITE:
            raise ContractError([self._descriptors.problem(field, "finite is for double and float fields", FINITE)])

    def _enum(self, enum: EnumDescriptor) -> Value:
        if enum.full_name == "google.protobuf.NullValue":
            return values.null_value()
        return self._named(values.enum_value(f"spell_{identifier(enum.full_name)}", self.spelling(enum)))

    def _named(self, value: Value) -> Value:
        self._names.update(value.names)
        return value


def _positional(own: list[StructField]) -> bool:
    """True where no required field stands behind an optional one: such a Struct is filled by position (fast)."""
    optional = [field.default is UNSET for field in own]
    return optional == sorted(optional)


def _map_entry(field: FieldDescriptor) -> Mapping[str, FieldDescriptor] | None:
    message = field.message_type
    return message.fields_by_name if message and message.GetOptions().map_entry else None


def _never_null(field: FieldDescriptor) -> bool:
    """True where an empty message of the field's type is an object or an array in JSON, or null already."""
    message = field.message_type
    if message is None:
        return False
    return message.full_name not in WELL_KNOWN or message.full_name in _WITH_AN_EMPTY_FORM
