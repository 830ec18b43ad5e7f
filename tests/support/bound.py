"""One HTTP binding of a method, compiled from the fields of its request, without a path and a route around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from gateway.contract.descriptors import Descriptors, JsonNames, message_class
from gateway.contract.messages.compiler import MessageCompiler
from gateway.contract.requests.binding import Binder, Selection
from gateway.contract.requests.bodies import compile_body
from gateway.contract.requests.parameters import compile_parameters
from gateway.errors import ParametersError
from tests.support.protos import HEAD, descriptor_set, proto_class

JSON = "application/json"


class Bound:
    """A binder, and the class of the request that a backend would read with.

    Args:
        source: a proto file with a message `Request`; its head is `HEAD` unless it has one.
        in_path: the fields in the path.
        body: what the body fills.
        without: what the gateway fills.
        partial: what `compile_body` takes.
        json_names: what a contract is compiled with.
    """

    def __init__(
        self,
        source: str,
        in_path: tuple[str, ...] = (),
        body: str = "",
        without: tuple[str, ...] = (),
        partial: bool = False,
        json_names: JsonNames = "proto",
    ) -> None:
        data = descriptor_set(source if "syntax" in source or "edition" in source else HEAD + source)
        descriptors = Descriptors(data, json_names)
        messages = MessageCompiler(descriptors)
        request = descriptors.pool.FindMessageTypeByName("test.Request")
        asked: Any = {"in_path": in_path, "without": without}
        self.parameters = compile_parameters(descriptors, messages, request, body=body, **asked)
        self.body = compile_body(descriptors, messages, request, body, partial=partial, **asked)
        self.bind = Binder(message_class(request), self.parameters, self.body)
        self.request = proto_class(data, "test.Request")
        self.pool = descriptors.pool

    @property
    def names(self) -> list[str]:
        """What clients may give in path and query."""
        return [each.name for each in self.parameters if not each.in_body]

    def select(self, *query: tuple[str, str], path: Mapping[str, str] | None = None, body: Any = None) -> Selection:
        """What is made of a query, a path, and a body of JSON (text, bytes, or with its content type)."""
        data = body.encode() if isinstance(body, str) else body
        return self.bind(
            path or {}, query, frozenset(), data if data is None or isinstance(data, tuple) else (JSON, data)
        )

    def sent(self, *query: tuple[str, str], path: Mapping[str, str] | None = None, body: Any = None) -> Any:
        """The request that a backend gets."""
        return self.request.FromString(self.select(*query, path=path, body=body).request)

    def wrong(
        self, *query: tuple[str, str], path: Mapping[str, str] | None = None, body: Any = None
    ) -> list[tuple[str, str]]:
        """What is said of a request that cannot be used: name and reason, in order."""
        with pytest.raises(ParametersError) as caught:
            self.select(*query, path=path, body=body)
        return [(each.name, each.reason) for each in caught.value.wrong]
