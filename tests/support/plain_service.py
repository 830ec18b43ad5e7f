"""A real grpc.aio server of methods that take and give bytes, for calls that need no contract."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import grpc.aio

from tests.support.certificates import Certificate

SERVICE = "test.Service"


@asynccontextmanager
async def serving(
    credentials: grpc.ServerCredentials | None = None, **methods: grpc.RpcMethodHandler
) -> AsyncIterator[str]:
    """Serves methods of `test.Service`; gives the address, `127.0.0.1:port`."""
    server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, methods),))
    address = "127.0.0.1:0"
    port = server.add_secure_port(address, credentials) if credentials else server.add_insecure_port(address)
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(None)


def shown(certificate: Certificate, clients: str = "") -> grpc.ServerCredentials:
    """TLS with a certificate; where `clients` is a file of an authority, clients must show one signed by it."""
    pair = (Path(certificate.private_key).read_bytes(), Path(certificate.certificate).read_bytes())
    required = Path(clients).read_bytes() if clients else None
    return grpc.ssl_server_credentials([pair], required, require_client_auth=required is not None)
