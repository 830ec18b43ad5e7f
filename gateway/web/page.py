"""The page at `/`: static files of the package, and nothing from another host."""

from __future__ import annotations

from importlib.resources import files
from mimetypes import guess_type

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

_HEADERS = {"content-security-policy": "default-src 'self'", "cache-control": "no-cache"}


def page_handlers() -> list[HTTPRouteHandler]:
    """`/` and `/page/<file>`."""
    held = {file.name: file.read_bytes() for file in files("gateway.web").joinpath("page").iterdir() if file.is_file()}

    @get("/", include_in_schema=False)
    async def index() -> Response[bytes]:
        return _file("index.html", held)

    @get("/page/{name:str}", include_in_schema=False)
    async def page(name: FromPath[str]) -> Response[bytes]:
        return _file(name, held)

    return [index, page]


def _file(name: str, held: dict[str, bytes]) -> Response[bytes]:
    if name not in held:
        raise NotFoundException(f"the page has no file {name!r}")
    return Response(held[name], media_type=guess_type(name)[0] or "application/octet-stream", headers=_HEADERS)
