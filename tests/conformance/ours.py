"""Requests led through the contract alone: router and binder, with no server around them."""

from __future__ import annotations

from urllib.parse import parse_qsl

from gateway.contract.contract import compile_contract
from gateway.contract.http.router import Found, PathError, Router
from gateway.contract.routes import Route
from gateway.errors import ParametersError
from tests.conformance.cases import Case, Seen


class Contract:
    """A compiled contract that answers what would be sent.

    Args:
        descriptor_set: of the contract.
    """

    def __init__(self, descriptor_set: bytes) -> None:
        routes = compile_contract(descriptor_set).routes
        self._router: Router[Route] = Router((route.verb, route.path, route) for route in routes)

    def seen(self, case: Case) -> Seen:
        """What becomes of a request."""
        path, _, query = case.target.partition("?")
        try:
            found = self._router.find(case.http_method, path)
            if not isinstance(found, Found):
                return Seen(405 if found else 404, [])
            pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
            selection = found.target.bind(found.captures, pairs, frozenset(), case.content)
        except (PathError, ParametersError):
            return Seen(400, [])
        return Seen(200, [(found.target.method.rpartition(".")[2], selection.request)])
