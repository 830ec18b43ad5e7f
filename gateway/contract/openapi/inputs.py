"""Schemas of what clients send: those of the Structs, closed, with the fields' ranges and the contract's rules.

What is taken differs from what is sent. An unknown key is refused, a number has its type's range, and `buf.validate`
and options of ours narrow it further. A body may also be written otherwise (numbers as text, either name of a field);
what stands here is the one form that is ProtoJSON's own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from gateway.contract.descriptors import Descriptors
from gateway.contract.messages.naming import full_name, message_candidates
from gateway.contract.openapi.components import Components
from gateway.contract.openapi.ranges import taken_as
from gateway.contract.openapi.schemas import Ref, Schema, at_most_one, references
from gateway.contract.openapi.text import with_notes
from gateway.contract.validation.constraints import Constraints
from gateway.contract.validation.keywords import narrowed

FieldNames = tuple[str, ...]
"""The way to a field, by the names of the fields on it."""


class Inputs:
    """Makes the schemas of one kind of input.

    Args:
        components: where they go.
        structs: the schema of each Struct, by its name, with references by such names.
        descriptors: of the contract.
        constraints: of the request.
        partial: True where what the contract requires of a message may be absent.
    """

    def __init__(
        self,
        components: Components,
        structs: Mapping[str, Schema],
        descriptors: Descriptors,
        constraints: Constraints,
        partial: bool,
    ) -> None:
        self._components = components
        self._structs = structs
        self._descriptors = descriptors
        self._constraints = constraints
        self._partial = partial

    def referred(self, schema: Schema) -> Schema:
        """A copy of a schema that refers to messages as they are taken."""
        copy: Schema = self._copied(schema)
        return copy

    def message(self, struct: str, without: Iterable[FieldNames] = (), whole: bool = False) -> Schema:
        """The schema of a message.

        Args:
            struct: the name of its Struct.
            without: the ways to what is given elsewhere; it is left out.
            whole: True for a whole request, which must have what it requires even where it is partial.
        """
        message: Descriptor = self._descriptors.pool.FindMessageTypeByName(full_name(struct))
        plain, ways = self._structs[struct], list(without)
        fields = {self._descriptors.key(field): field for field in message.fields}
        gone = _gone(message, ways)
        keys = [key for key in plain.get("properties", ()) if key not in fields or fields[key].name not in gone]
        properties = {key: self._property(plain["properties"][key], fields.get(key), ways) for key in keys}
        given = {key: fields[key] for key in keys if key in fields}
        required = self._required(plain, given) if whole or not self._partial else []
        return {
            **{key: each for key, each in plain.items() if key not in ("properties", "required", "allOf")},
            **{"properties": properties, "additionalProperties": False},
            **({"required": required} if required else {}),
            **_rules(plain, keys),
        }

    def _copied(self, node: Any) -> Any:
        if isinstance(node, Ref):
            return self._component(node)
        if isinstance(node, dict):
            copy = {key: self._copied(each) for key, each in node.items()}
            # What an Any holds has to be told.
            return copy | {"required": ["@type"]} if copy.get("properties", {}).keys() == {"@type"} else copy
        return [self._copied(each) for each in node] if isinstance(node, list) else node

    def _property(self, plain: Schema, field: FieldDescriptor | None, without: Iterable[FieldNames]) -> Schema:
        if field is None:  # an extension
            return self.referred(plain)
        if deeper := [way[1:] for way in without if way[0] == field.name]:
            return self.message(str(plain["$ref"]), deeper)
        narrow = narrowed(taken_as(self.referred(plain), field), self._constraints.schema(field, body=True))
        return with_notes(narrow, self._constraints.notes(field, body=True))

    def _required(self, plain: Schema, given: Mapping[str, FieldDescriptor]) -> list[str]:
        already = plain.get("required", ())
        return [key for key, field in given.items() if key in already or self._constraints.required(field)]

    def _component(self, struct: str) -> Ref:
        partial = self._partial and self._requires(struct)
        component = f"{struct} {'partial' if partial else 'taken'}"
        if not self._components.has(component):
            names = message_candidates(struct)
            candidates = (names[0], *(f"{name}{'Update' if partial else 'Input'}" for name in names))
            # Known before it is made: it may hold itself.
            self._components.derive(component, candidates, {})
            kind = Inputs(self._components, self._structs, self._descriptors, self._constraints, partial)
            self._components.derive(component, candidates, kind.message(struct))
        return Ref(component)

    def _requires(self, struct: str) -> bool:
        """True where something is required in a message or below it."""
        seen: set[str] = set()
        waiting = [struct]
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            plain = self._structs[name]
            message = self._descriptors.pool.FindMessageTypeByName(full_name(name))
            if plain.get("required") or any(self._constraints.required(field) for field in message.fields):
                return True
            waiting += references(plain)
        return False


def _gone(message: Descriptor, without: Iterable[FieldNames]) -> set[str]:
    """Fields that are given elsewhere, and the other members of their oneofs, which then cannot be given."""
    first = {way[0]: len(way) > 1 for way in without}
    oneofs = [each for each in message.oneofs if any(field.name in first for field in each.fields)]
    members = {field.name for each in oneofs for field in each.fields}
    # A message that the path only reaches into may have more in the body.
    return {*first, *members} - {name for name, deeper in first.items() if deeper}


def _rules(plain: Schema, keys: Collection[str]) -> Schema:
    """What oneofs say of the keys that are left."""
    oneofs = [[each["required"][0] for each in rule["oneOf"] if "required" in each] for rule in plain.get("allOf", ())]
    left = [[key for key in oneof if key in keys] for oneof in oneofs]
    rules = [at_most_one(several) for several in left if len(several) > 1]
    return {"allOf": rules} if rules else {}
