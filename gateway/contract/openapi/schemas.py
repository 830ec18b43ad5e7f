"""JSON Schemas of Structs, with references that documents can rename."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from inspect import cleandoc
from typing import Any

from msgspec.json import schema_components

Schema = dict[str, Any]
_LITERAL_KEYS = {"examples", "default", "const", "enum"}
"""What stands below them is data and no schema."""


class Ref(str):
    """The id of a component, where its name will stand."""

    __slots__ = ()


def reference(component: str) -> Schema:
    """A schema that refers to a component by its id."""
    return {"$ref": Ref(component)}


def references(node: Any) -> Iterator[Ref]:
    """Every reference in a schema, or in a document."""
    if isinstance(node, Ref):
        yield node
    elif isinstance(node, dict | list):
        for each in node.values() if isinstance(node, dict) else node:
            yield from references(each)


def schemas_of(
    types: Iterable[Any], oneofs: Mapping[str, tuple[tuple[str, ...], ...]]
) -> tuple[list[Schema], dict[str, Schema]]:
    """The schema of each type, and those of all Structs below, by the Struct's name.

    Args:
        types: Structs, or the types that JSON of well-known types has.
        oneofs: by the name of a Struct, the sets of keys of which at most one is there.
    """
    tops, structs = schema_components(types, ref_template="{name}")
    return [_renamable(top) for top in tops], {
        name: _exclusive(_renamable(schema), oneofs.get(name, ())) for name, schema in structs.items()
    }


def _renamable(schema: Any) -> Any:
    """A copy whose references are `Ref`s, without what says nothing: a Struct's name as its title, `required: []`."""
    if isinstance(schema, list):
        return [_renamable(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return schema | reference(schema["$ref"])
    if "description" in schema:
        schema = schema | {"description": cleandoc(schema["description"])}
    # Linters want to be told that items may be anything.
    items: Schema = {"items": {}} if schema.get("type") == "array" and "items" not in schema else {}
    return items | {
        key: {name: _renamable(each) for name, each in value.items()} if key == "properties" else _kept(key, value)
        for key, value in schema.items()
        if key != "title" and (key, value) != ("required", [])
    }


def _kept(key: str, value: Any) -> Any:
    return value if key in _LITERAL_KEYS else _renamable(value)


def _exclusive(schema: Schema, oneofs: tuple[tuple[str, ...], ...]) -> Schema:
    """A Struct's schema with what oneofs add to it: of each one, at most one key."""
    rules = [at_most_one(keys) for keys in oneofs if len(keys) > 1]
    return schema | {"allOf": rules} if rules else schema


def at_most_one(keys: Sequence[str]) -> Schema:
    """A rule of which keys exclude each other."""
    # As pairs it would grow with the square; said with `not`, linters miss the properties that are named in it.
    return {"oneOf": [*({"required": [key]} for key in keys), {"properties": dict.fromkeys(keys, False)}]}
