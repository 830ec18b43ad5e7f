"""What breaks for those who use a published contract, from one OpenAPI 3.1 document to the next.

The view is that of a consumer: what could be asked must still be asked in the same way and mean the same, and what was
promised to be sent must still be sent. So a new event, key or enum value is news (readers of JSON skip what they do
not know, and enums of proto3 are open), while one that is gone leaves code behind that waits for it for ever. Names of
components and operations are not looked at: they are not on the wire.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_FACETS = ("type", "const", "format", "contentEncoding", "pattern", "anyOf")
"""What makes two values of one key different for a reader. Nothing below them is a reference in these documents."""


def breaking_changes(old: Any, new: Any) -> list[str]:
    """What breaks, each in a line that begins with its place.

    Args:
        old: an OpenAPI 3.1 document of this project's shape, parsed.
        new: the one that takes its place.
    """
    return list(_Comparison(old, new).paths())


class _Comparison:
    def __init__(self, old: Any, new: Any) -> None:
        self._old, self._new = old, new
        self._seen: set[tuple[Any, ...]] = set()

    def paths(self) -> Iterator[str]:
        for path, item in self._old["paths"].items():
            for verb, before in item.items():
                after = self._new["paths"].get(path, {}).get(verb)
                place = path if verb == "get" else f"{verb.upper()} {path}"
                if after is None:
                    yield f"{place}: is gone"
                else:
                    yield from self._operation(place, before, after)

    def _operation(self, place: str, before: Any, after: Any) -> Iterator[str]:
        yield from self._parameters(place, before["parameters"], after["parameters"])
        yield from self._body(place, before.get("requestBody"), after.get("requestBody"))
        old, new = (each["responses"]["200"]["content"] for each in (before, after))
        if old.keys() != new.keys():
            yield f"{place}: was answered with {', '.join(old)}, is with {', '.join(new)}"
        elif "text/event-stream" in old:
            yield from self._events(place, before, after)
        else:
            yield from (
                line
                for kind in old
                for line in self._sent(f"{place}, answer", old[kind]["schema"], new[kind]["schema"])
            )

    def _body(self, place: str, before: Any, after: Any) -> Iterator[str]:
        if after and after.get("required") and not (before or {}).get("required"):
            yield f"{place}, body: has to be given now"
        if before and (after is None or before["content"].keys() != after["content"].keys()):
            yield f"{place}, body: is no longer taken as it was"
        elif before:
            for kind, media in before["content"].items():
                yield from self._taken(f"{place}, body", media["schema"], after["content"][kind]["schema"])

    def _taken(self, place: str, before: Any, after: Any) -> Iterator[str]:
        """What a client can no longer give."""
        names = (before.get("$ref", ""), after.get("$ref", ""))
        if all(names) and ("taken", names) in self._seen:
            return
        self._seen.add(("taken", names))
        old, new = _resolved(self._old, before), _resolved(self._new, after)
        yield from _narrowed(place, {**old, "items": {}}, {**new, "items": {}})
        yield from (f"{place}/{key}: has to be given now" for key in _gone(new, old, "required"))
        for key, schema in old.get("properties", {}).items():
            if key in new.get("properties", {}):
                yield from self._taken(f"{place}/{key}", schema, new["properties"][key])
            else:
                yield f"{place}/{key}: is refused now"
        for key in ("items", "additionalProperties"):
            if isinstance(old.get(key), dict) and isinstance(new.get(key), dict):
                yield from self._taken(f"{place}/*", old[key], new[key])

    def _parameters(self, path: str, before: Any, after: Any) -> Iterator[str]:
        old, new = ({(each["in"], each["name"]): each for each in parameters} for parameters in (before, after))
        for key in old.keys() - new.keys():
            yield f"{path}, parameter {key[1]}: is gone"
        for key, parameter in new.items():
            if parameter.get("required") and not old.get(key, {}).get("required"):
                yield f"{path}, parameter {key[1]}: has to be given now"
            if key in old:
                yield from _narrowed(f"{path}, parameter {key[1]}", old[key]["schema"], parameter["schema"])

    def _events(self, path: str, before: Any, after: Any) -> Iterator[str]:
        old, new = _variants(self._old, before), _variants(self._new, after)
        for name, schema in old.items():
            if name in new:
                yield from self._sent(f"{path}, event {name}", schema, new[name])
            else:
                yield f"{path}, event {name}: is gone"

    def _sent(self, place: str, before: Any, after: Any) -> Iterator[str]:
        """What a reader of this value no longer finds."""
        names = (before.get("$ref", ""), after.get("$ref", ""))
        if all(names) and names in self._seen:
            return
        self._seen.add(names)
        old, new = _resolved(self._old, before), _resolved(self._new, after)
        for facet in _FACETS:
            if old.get(facet) != new.get(facet):
                yield f"{place}: {facet} was {old.get(facet)}, is {new.get(facet)}"
        if ("enum" in old) != ("enum" in new):
            yield f"{place}: was {'a closed set' if 'enum' in old else 'any text'}, is the contrary"
        yield from (f"{place}: {value!r} is never sent now" for value in _gone(old, new, "enum") if "enum" in new)
        yield from (f"{place}: {key} may be absent now" for key in _gone(old, new, "required"))
        yield from (f"{place}: a oneof is none any more" for _ in _gone(old, new, "allOf"))
        for key, schema in old.get("properties", {}).items():
            if key in new.get("properties", {}):
                yield from self._sent(f"{place}/{key}", schema, new["properties"][key])
            else:
                yield f"{place}/{key}: is gone"
        for key in ("items", "additionalProperties"):
            if isinstance(old.get(key), dict) and isinstance(new.get(key), dict):
                yield from self._sent(f"{place}/*", old[key], new[key])


def _narrowed(place: str, old: Any, new: Any) -> Iterator[str]:
    """What a client may no longer ask for, or gets another answer to."""
    if old.get("type") != new.get("type"):
        yield f"{place}: type was {old.get('type')}, is {new.get('type')}"
    elif "items" in old:
        yield from _narrowed(place, old["items"], new["items"])
    yield from (f"{place}: {value!r} is refused now" for value in _gone(old, new, "enum") if "enum" in new)
    if "enum" in new and "enum" not in old:
        yield f"{place}: only some values are taken now"
    if new.get("minimum", float("-inf")) > old.get("minimum", float("-inf")):
        yield f"{place}: the minimum has risen"
    if new.get("maximum", float("inf")) < old.get("maximum", float("inf")):
        yield f"{place}: the maximum has sunk"
    if old.get("default") != new.get("default"):
        yield f"{place}: the default was {old.get('default')!r}, is {new.get('default')!r}"


def _variants(document: Any, operation: Any) -> dict[str, Any]:
    """The payload's schema of each event, by the event's name."""
    union = operation["responses"]["200"]["content"]["text/event-stream"]["schema"]["items"]
    variants = [_resolved(document, each)["properties"] for each in _resolved(document, union)["oneOf"]]
    return {each["event"]["const"]: each["data"] for each in variants}


def _resolved(document: Any, schema: Any) -> Any:
    return document["components"]["schemas"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def _gone(old: Any, new: Any, key: str) -> list[Any]:
    return [each for each in old.get(key, ()) if each not in new.get(key, ())]
