"""Envoy with its gRPC-JSON transcoder, on ports of its own choice."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.support.waiting import until

_TYPES = "type.googleapis.com/envoy.extensions"
_FLAGS = ("--concurrency", "1", "--disable-hot-restart", "--log-level", "warning", "--log-format", "%v")


@asynccontextmanager
async def envoy(directory: Path, listeners: Mapping[str, Mapping[str, Any]], backend_port: int) -> AsyncIterator[Envoy]:
    """Starts it, and ends it by its process.

    Args:
        directory: for its files.
        listeners: by name, the settings of their transcoders. Those that Envoy refuses are not there.
        backend_port: of the gRPC server behind it.
    """
    admin, settings = directory / "admin", directory / "envoy.json"
    dynamic = {"resources": [_listener(name, each) for name, each in listeners.items()]}
    (directory / "listeners.json").write_text(json.dumps(dynamic))
    settings.write_text(json.dumps(_settings(str(directory / "listeners.json"), backend_port)))
    said = directory / "said"
    with said.open("wb") as stderr:
        program = Path(sys.executable).with_name("envoy")
        process = await asyncio.create_subprocess_exec(
            program, "-c", settings, "--admin-address-path", admin, *_FLAGS, stderr=stderr
        )
    try:
        await until(lambda: process.returncode is not None or (admin.exists() and admin.read_text()))
        assert process.returncode is None, said.read_text()
        running = Envoy(f"http://{admin.read_text()}")
        await running.started()
        yield running
    except httpx.TransportError:
        raise AssertionError(said.read_text()) from None
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


class Envoy:
    """A running Envoy.

    Args:
        admin: the URL of its administration interface.
    """

    def __init__(self, admin: str) -> None:
        self._admin = admin

    async def started(self) -> None:
        """Returns once it has taken or refused its listeners."""
        async with httpx.AsyncClient() as client, asyncio.timeout(10):
            while (await client.get(f"{self._admin}/ready")).text != "LIVE\n":  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)

    async def listeners(self) -> dict[str, int]:
        """The port of each listener that it has taken, by name."""
        async with httpx.AsyncClient() as client:
            listed = (await client.get(f"{self._admin}/listeners?format=json")).json()
        return {
            each["name"]: each["local_address"]["socket_address"]["port_value"]
            for each in listed.get("listener_statuses", [])
        }


def transcoder(descriptor_set: bytes, services: Iterable[str]) -> dict[str, Any]:
    """The settings of a transcoder that refuses what it does not know, and decodes as google/api/http.proto says."""
    return {
        "@type": f"{_TYPES}.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder",
        "proto_descriptor_bin": base64.b64encode(descriptor_set).decode(),
        "services": list(services),
        "auto_mapping": True,
        # Its default leaves all reserved characters as they are, which is what http.proto said once.
        "url_unescape_spec": "ALL_CHARACTERS_EXCEPT_SLASH",
        "query_param_unescape_plus": True,
        "request_validation_options": {"reject_unknown_method": True, "reject_unknown_query_parameters": True},
    }


def _settings(listeners: str, backend_port: int) -> dict[str, Any]:
    cluster = {
        "name": "backend",
        "type": "STATIC",
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": f"{_TYPES}.upstreams.http.v3.HttpProtocolOptions",
                "explicit_http_config": {"http2_protocol_options": {}},
            }
        },
        "load_assignment": {
            "cluster_name": "backend",
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _address(backend_port)}}]}],
        },
    }
    return {
        "node": {"id": "tests", "cluster": "tests"},
        "admin": {"address": _address(0)},
        "dynamic_resources": {"lds_config": {"path_config_source": {"path": listeners}}},
        "static_resources": {"clusters": [cluster]},
    }


def _listener(name: str, transcoding: Mapping[str, Any]) -> dict[str, Any]:
    route = {"match": {"prefix": "/"}, "route": {"cluster": "backend", "timeout": "0.5s"}}
    manager = {
        "@type": f"{_TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "http",
        # Whoever reads to the end of a connection would wait for it.
        "delayed_close_timeout": "0s",
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]},
        "http_filters": [
            {"name": "envoy.filters.http.grpc_json_transcoder", "typed_config": transcoding},
            {
                "name": "envoy.filters.http.router",
                "typed_config": {"@type": f"{_TYPES}.filters.http.router.v3.Router"},
            },
        ],
    }
    return {
        "@type": "type.googleapis.com/envoy.config.listener.v3.Listener",
        "name": name,
        "address": _address(0),
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }


def _address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}
