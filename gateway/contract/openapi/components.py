"""The schemas of one document while it is made, and their names when it is done."""

from __future__ import annotations

import json
from typing import Any

from gateway.contract.messages.naming import unique_names
from gateway.contract.openapi.schemas import Ref, Schema, reference, references


class Components:
    """Schemas by id. Ids are for references in the making; readers get short unique names."""

    def __init__(self) -> None:
        self._schemas: dict[str, Schema] = {}
        self._structs: dict[str, tuple[str, ...]] = {}
        self._derived: dict[str, tuple[str, ...]] = {}
        self._known: dict[tuple[str, str], str] = {}

    def define(self, component: str, candidates: tuple[str, ...], schema: Schema) -> None:
        """Adds a Struct's schema under an id that others may refer to already.

        Args:
            component: its id.
            candidates: its names, the preferred one first.
            schema: what it is.
        """
        self._schemas[component] = schema
        self._structs[component] = candidates

    def add(self, candidates: tuple[str, ...], schema: Schema) -> Schema:
        """Adds a schema made for the document and refers to it; an equal one that wants the same name is the same."""
        known = self._known.setdefault((candidates[0], json.dumps(schema, sort_keys=True)), candidates[-1])
        self._schemas[known] = schema
        self._derived[known] = candidates
        return reference(known)

    def derive(self, component: str, candidates: tuple[str, ...], schema: Schema) -> None:
        """Adds a schema made of a Struct's under an id that others may refer to already.

        Args:
            component: its id; asked for again, it gets another schema.
            candidates: its names, the preferred one first.
            schema: what it is.
        """
        self._schemas[component] = schema
        self._derived[component] = candidates

    def has(self, component: str) -> bool:
        """True where a schema has this id."""
        return component in self._schemas

    def content(self, schema: Schema) -> Schema:
        """What a schema is, where it is only a reference."""
        return self._schemas[schema["$ref"]] if "$ref" in schema else schema

    def finish(self, document: Schema) -> Schema:
        """The document with the components it needs, by their names, and every reference to one of them."""
        names = self._names(self._reachable(document))
        schemas = {names[each]: self._schemas[each] for each in names}
        whole = document | {"components": document.get("components", {}) | {"schemas": dict(sorted(schemas.items()))}}
        named: Schema = _named(whole, names)
        return named

    def _names(self, needed: set[str]) -> dict[str, str]:
        """What a contract calls something keeps its name; what is derived from it gives way."""
        own = unique_names({each: names for each, names in self._structs.items() if each in needed})
        derived = {each: names for each, names in self._derived.items() if each in needed}
        return own | unique_names(derived, taken=own.values())

    def _reachable(self, document: Schema) -> set[str]:
        found: set[str] = set()
        waiting: list[str] = [*references(document)]
        while waiting:
            component = waiting.pop()
            if component not in found:
                found.add(component)
                waiting += references(self._schemas[component])
        return found


def _named(node: Any, names: dict[str, str]) -> Any:
    if isinstance(node, Ref):
        return f"#/components/schemas/{names[node]}"
    if isinstance(node, dict):
        return {key: _named(each, names) for key, each in node.items()}
    return [_named(each, names) for each in node] if isinstance(node, list) else node
