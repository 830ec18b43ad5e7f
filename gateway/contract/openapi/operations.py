"""One route as an operation: its parameters, its body, what it answers, its errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from msgspec import json

from gateway.contract.http.router import ANY
from gateway.contract.openapi.bodies import BINARY, Bodies
from gateway.contract.openapi.events import EventSchemas
from gateway.contract.openapi.operation_ids import key
from gateway.contract.openapi.parameters import parameter_objects
from gateway.contract.openapi.placing import Placed
from gateway.contract.openapi.schemas import Schema
from gateway.contract.openapi.shapes import Shape
from gateway.contract.openapi.text import first_sentence, words
from gateway.contract.routes import Route, StreamRoute, UnaryRoute

_STREAM = "Events, one after the other, until the client leaves or the stream ends."
_FINISHED = "The stream is finished and the client has all of it. EventSource stops here."
_ANSWER = "What the backend answered."
_ANY_VERB = "Any HTTP method does, but for those that the path is listed with besides."
_NOT_EVENT_SOURCE = "EventSource can only ask with GET: read this stream with `fetch`."
_ONE_MESSAGE = "The backend's method takes a stream of requests; it is sent this one, and then the end."


@dataclass(frozen=True)
class Operations:
    """Makes operation objects."""

    ids: Mapping[str, str]
    """By route, its operation's id."""
    tags: Mapping[str, str]
    """By service, the tag of its operations."""
    errors: Callable[[Route], Mapping[int, str]]
    """By status, the name of the response among the document's components."""
    events: EventSchemas
    """Makes the schemas of events."""
    bodies: Bodies
    """Makes the bodies of requests."""
    answers: Mapping[int, Schema]
    """The schema of what a unary route answers, by the identity of its type."""

    def operation(self, placed: Placed, shape: Shape) -> Schema:
        """The operation object of a route."""
        route = placed.route
        operation_id = self.ids[key(route)]
        body = {"requestBody": self.bodies.request_body(route, route.body, operation_id)} if route.body else {}
        delivery = {"x-delivery": "shared" if route.shared else "per-client"} if isinstance(route, StreamRoute) else {}
        return {
            "operationId": operation_id,
            "summary": first_sentence(route.description) or words(route.method.rpartition(".")[2]),
            "description": "\n\n".join(_description(placed)),
            "tags": [self.tags[route.service]],
            **delivery,
            "parameters": parameter_objects(route, placed.path),
            **body,
            "responses": {
                **self._responses(route, shape),
                **{
                    str(status): {"$ref": f"#/components/responses/{name}"}
                    for status, name in self.errors(route).items()
                },
            },
        }

    def _responses(self, route: Route, shape: Shape) -> Schema:
        if isinstance(route, StreamRoute):
            stream = shape.content(self.events.union(route), list(self.events.examples(route)))
            return {
                "200": {"description": _STREAM, "content": {"text/event-stream": stream}},
                "204": {"description": _FINISHED},
            }
        content = self._answer(route) if isinstance(route, UnaryRoute) else {}
        return {"200": {"description": _ANSWER, "content": content}}

    def _answer(self, route: UnaryRoute) -> Schema:
        if route.reply.raw:
            return {"*/*": {"schema": BINARY}}
        sample = route.reply.sample()
        example: Schema = {} if sample is None else {"example": json.decode(sample)}
        return {"application/json": {"schema": self.answers[id(route.reply.struct)], **example}}


def _description(placed: Placed) -> Iterator[str]:
    route = placed.route
    streams = isinstance(route, StreamRoute)
    yield route.description or f"{'Streams the events of' if streams else 'Calls'} {route.method}."
    if route.verb == ANY:
        yield _ANY_VERB
    if streams and placed.verb != "GET":
        yield _NOT_EVENT_SOURCE
    if isinstance(route, StreamRoute) and route.client_streaming:
        yield _ONE_MESSAGE
