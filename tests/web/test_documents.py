"""The documents over HTTP: the same as the command prints, and sent once."""

from __future__ import annotations

import pytest
from litestar.handlers import HTTPRouteHandler

from gateway.app import assemble
from gateway.config import ContractSettings, Settings
from gateway.loading import load_contract
from gateway.publishing import documents
from gateway.web.application import OWN_PATHS
from gateway.web.documents import PATHS
from tests.support.gateways import running_gateway


@pytest.mark.parametrize(("version", "path"), PATHS.items())
async def test_a_document_is_served_as_it_is_made(version: str, path: str) -> None:
    """`grpc-sse-gateway openapi` prints the same without a server."""
    made = documents(load_contract(Settings()), ContractSettings(), version)[version]
    async with running_gateway("127.0.0.1:1") as gateway:
        answer = await gateway.http.get(path)
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (200, "application/json", made)


@pytest.mark.parametrize("path", [*PATHS.values(), "/schema", "/"])
async def test_whoever_has_it_is_not_sent_it_again(path: str) -> None:
    """304 without a body for its ETag, in a list, weak, or `*`; the whole for another one."""
    async with running_gateway("127.0.0.1:1") as gateway:
        etag = (await gateway.http.get(path)).headers["etag"]
        for condition in (etag, f'"other", {etag}', f"W/{etag}", "*"):
            answer = await gateway.http.get(path, headers={"if-none-match": condition})
            assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
        assert (await gateway.http.get(path, headers={"if-none-match": '"other"'})).status_code == 200


async def test_title_and_version_are_settings() -> None:
    """Whoever publishes says what it is called."""
    async with running_gateway("127.0.0.1:1", contract={"title": "Builds", "version": "7.1"}) as gateway:
        info = (await gateway.http.get(PATHS["3.1"])).json()["info"]
    assert (info["title"], info["version"]) == ("Builds", "7.1")


def test_every_path_of_the_gateway_is_kept_from_contracts() -> None:
    """A contract that wants one of them is told at the start."""
    app = assemble(Settings()).app
    handlers = [handler for route in app.routes for handler in getattr(route, "route_handlers", ())]
    paths = {path for each in handlers if isinstance(each, HTTPRouteHandler) for path in each.paths}
    assert {path.replace("{name:str}", "{}") for path in paths} == OWN_PATHS
