"""Health: is the process alive, and may it be given new clients."""

from __future__ import annotations

import asyncio

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from gateway.metrics import TASKS, exposition
from gateway.web.open_streams import OpenStreams


def health_handlers(streams: OpenStreams) -> list[HTTPRouteHandler]:
    """`/healthz` answers while the process runs; `/readyz` while it takes new clients; `/metrics` counts."""

    @get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @get("/readyz", include_in_schema=False)
    async def readyz() -> Response[dict[str, str | int]]:
        status = "stopping" if streams.stopping else "ready"
        body: dict[str, str | int] = {"status": status, "clients": len(streams)}
        return Response(body, status_code=503 if streams.stopping else 200, media_type="application/json")

    @get("/metrics", include_in_schema=False)
    async def metrics() -> Response[bytes]:
        TASKS.set(len(asyncio.all_tasks()))
        return Response(exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return [healthz, readyz, metrics]
