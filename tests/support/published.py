"""What clients read, held against the OpenAPI 3.2 document of the gateway that sent it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import httpx
import msgspec
from jsonschema_rs import Draft202012Validator

from tests.support.sse import SseEvent

DOCUMENT = "/schema/openapi-3.2.json"
"""Where a gateway serves it."""
Check = Callable[[SseEvent], None]
_REMEMBERED = 4096
_DATA_KEYS = frozenset({"const", "default", "enum", "examples"})
"""What stands below them is data and no schema."""
_NAMED = frozenset({"properties", "patternProperties", "$defs"})
"""What stands below them are schemas by name."""
_IN_PLACE = frozenset({"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"})
"""What stands below them is about the same object as what stands beside them."""


class UndocumentedAnswer(AssertionError):
    """An answer is not what the document says; the message names the operation, the place and what was expected."""


def check_answer(document: bytes | dict[str, Any], response: httpx.Response) -> None:
    """Holds one answer that is no stream against the document, as strictly as events.

    Args:
        document: an OpenAPI 3.2 document, as JSON text or parsed.
        response: the answer, with the request that it is to.

    Raises:
        UndocumentedAnswer: its status, content type or body is not as documented, or its body has other keys.
        LookupError: the document has no such operation.
    """
    parsed = document if isinstance(document, dict) else msgspec.json.decode(document)
    verb, path = response.request.method, _documented_path(parsed, response.request.url.path)
    responses = parsed["paths"][path][verb.lower()]["responses"]
    told = responses.get(str(response.status_code))
    if told is None:
        raise UndocumentedAnswer(f"{verb} {path}: status {response.status_code} is not documented")
    if "$ref" in told:
        told = parsed["components"]["responses"][told["$ref"].rpartition("/")[2]]
    kind = response.headers.get("content-type", "").partition(";")[0]
    media = told["content"].get(kind, told["content"].get("*/*"))
    if media is None:
        raise UndocumentedAnswer(f"{verb} {path}: content type {kind!r} is not documented")
    if media["schema"].get("format") == "binary":
        return
    schemas = {"components": {"schemas": strict(parsed["components"]["schemas"], named=True)}}
    validator = Draft202012Validator({**strict(media["schema"]), **schemas}, validate_formats=True)
    if problem := _first_error(validator, msgspec.json.decode(response.content), "body"):
        raise UndocumentedAnswer(f"{verb} {path}{problem}; it was: {response.text[:500]}")


class UndocumentedEvent(AssertionError):
    """An event is not what the document says; the message names event, place and what was expected."""


class EventChecker:
    """Checks the events of one operation, strictly: a key that is not documented is wrong too.

    Args:
        document: an OpenAPI 3.2 document, as JSON text or parsed.
        path: of the operation, as documented or as requested.

    Raises:
        LookupError: the document has no stream at this path.
    """

    def __init__(self, document: bytes | dict[str, Any], path: str) -> None:
        parsed = document if isinstance(document, dict) else msgspec.json.decode(document)
        self.path = _documented_path(parsed, path.partition("?")[0])
        self._schemas = strict(parsed["components"]["schemas"], named=True)
        answers = [each["responses"]["200"]["content"] for each in parsed["paths"][self.path].values()]
        # A path with several HTTP methods has the same events for each of them.
        media = next(each["text/event-stream"] for each in answers if "text/event-stream" in each)
        union = self._resolved(strict(media["itemSchema"]))
        variants = [self._resolved(each) for each in union.get("oneOf") or union["anyOf"]]
        self._events = {_name(each): self._validators(each) for each in variants}
        # Clients of one shared stream all get the same events, and each of them is checked.
        self._problem_of = lru_cache(_REMEMBERED)(self._problem)

    def check(self, event: SseEvent) -> None:
        """Checks one event as a client is told of it.

        Raises:
            UndocumentedEvent: it is not as documented.
        """
        problem = self._problem_of(event.name, event.data, bool(event.last_event_id))
        if problem:
            raise UndocumentedEvent(f"{self.path}, event {event.name!r}{problem}; it was: {event.data[:500]}")

    def _problem(self, name: str, data: str, has_id: bool) -> str:
        """What is wrong; empty for nothing."""
        if name not in self._events:
            return f": expected one of {', '.join(sorted(self._events))}"
        envelope, payload = self._events[name]
        fields = {"event": name, "data": data} if name != "message" else {"data": data}
        if has_id:
            fields["id"] = "1"
        try:
            return _first_error(envelope, fields, "") or _first_error(payload, msgspec.json.decode(data), "data")
        except msgspec.DecodeError as error:
            return f", data: expected JSON: {error}"

    def _validators(self, variant: dict[str, Any]) -> tuple[Draft202012Validator, Draft202012Validator]:
        data = variant["properties"]["data"]
        assert data["contentMediaType"] == "application/json"
        return self._validator(variant), self._validator(data["contentSchema"])

    def _validator(self, schema: dict[str, Any]) -> Draft202012Validator:
        return Draft202012Validator({**schema, "components": {"schemas": self._schemas}}, validate_formats=True)

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self._schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
        return found


def strict(node: Any, *, named: bool = False, beside: bool = False) -> Any:
    """A copy of a schema in which every object that lists its keys has no others.

    Args:
        node: a schema, or a list of some.
        named: true for a mapping of names to schemas.
        beside: true for a part of a schema that is about the same object as its rest.
    """
    if isinstance(node, list):
        return [strict(each, beside=beside) for each in node]
    if not isinstance(node, dict):
        return node
    if named:
        return {name: strict(each) for name, each in node.items()}
    copy = {
        key: each if key in _DATA_KEYS else strict(each, named=key in _NAMED, beside=key in _IN_PLACE)
        for key, each in node.items()
    }
    if "properties" in node and "additionalProperties" not in node and not beside:
        # Only the first one sees the keys that parts in place add, and it is the slower one.
        copy["unevaluatedProperties" if _IN_PLACE & node.keys() else "additionalProperties"] = False
    return copy


@lru_cache(64)
def checker(document: bytes, path: str) -> EventChecker:
    """The checker of a document and a path, compiled once in a test run."""
    return EventChecker(document, path)


def document_of(address: str) -> bytes:
    """The document that a gateway at `host:port` serves."""
    response = httpx.get(f"http://{address}{DOCUMENT}", timeout=30, trust_env=False)
    assert response.status_code == 200, response
    return response.content


class Heard:
    """Checks events where raising would be swallowed or hang a test, and tells of it when asked.

    Args:
        document: what the gateway serves.
        path: of the stream.
    """

    def __init__(self, document: bytes, path: str) -> None:
        self.count = 0
        self._first: UndocumentedEvent | None = None
        self._check = checker(document, path.partition("?")[0]).check

    def __call__(self, event: SseEvent) -> None:
        """Checks an event; the first one that is wrong is kept."""
        self.count += 1
        try:
            self._check(event)
        except UndocumentedEvent as error:
            self._first = self._first or error

    def verify(self) -> None:
        """Raises what was wrong with the first event that was.

        Raises:
            UndocumentedEvent: an event was not as documented.
        """
        if self._first is not None:
            raise self._first


def _documented_path(document: dict[str, Any], path: str) -> str:
    # A verb behind a path is more of it than a value before it.
    for each in sorted(document["paths"], key=lambda each: (each.count("{"), -len(each))):
        if each == path or re.fullmatch(r"[^/]+".join(map(re.escape, re.split(r"\{[^}]*\}", each))), path):
            return str(each)
    raise LookupError(f"{path!r} is not documented; documented are: {', '.join(document['paths'])}")


def _name(variant: dict[str, Any]) -> str:
    """An event's name; EventSource fires one without a name as `message`."""
    event = variant["properties"]["event"]
    return str(event["const"]) if event else "message"


def _first_error(validator: Draft202012Validator, instance: Any, place: str) -> str:
    if validator.is_valid(instance):
        return ""
    error = next(iter(validator.iter_errors(instance)))
    at = "/".join([place, *map(str, error.instance_path)]) if place else "/".join(map(str, error.instance_path))
    return f", {at or 'event'}: {error.message}"
