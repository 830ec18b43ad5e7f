"""Imports run downwards only (docs/architecture.md, "The house")."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent / "gateway"
EVERYONE = {"errors", "config", "headers", "metrics"}
MAY_IMPORT = {
    "contract": EVERYONE,
    "streams": EVERYONE,
    "upstream": EVERYONE | {"streams", "contract"},
    "web": EVERYONE | {"streams", "contract"},
}
ONLY_IN = {"grpc": {"upstream"}, "litestar": {"web"}, "uvicorn": {"web"}, "starlette": set(), "backends": set()}
ASSEMBLY = {"app", "litestar"}  # app.py names the type of what it assembles


def imports(source: str) -> Iterator[str]:
    """Every module that a source imports, by its full name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def broken_laws(room: str, source: str) -> list[str]:
    """The imports of a module in a room that the house does not allow."""
    broken = []
    for name in imports(source):
        top, _, rest = name.partition(".")
        other = rest.partition(".")[0]
        if top == "gateway" and room in MAY_IMPORT and other not in MAY_IMPORT[room] | {room}:
            broken.append(name)
        if top in ONLY_IN and room not in ONLY_IN[top] and (room, top) != tuple(sorted(ASSEMBLY)):
            broken.append(name)
    return broken


def modules() -> Iterator[tuple[str, Path]]:
    """Every module with its room; one at the top of the house is a room of its own."""
    for file in HOUSE.rglob("*.py"):
        yield file.relative_to(HOUSE).parts[0].removesuffix(".py"), file


@pytest.mark.parametrize(
    ("room", "file"), [pytest.param(*each, id=str(each[1].relative_to(HOUSE))) for each in modules()]
)
def test_every_module_keeps_the_law(room: str, file: Path) -> None:
    """No room imports a room above or beside it, and each library stays in its room."""
    assert broken_laws(room, file.read_text()) == []


@pytest.mark.parametrize(
    ("room", "source"),
    [
        pytest.param("streams", "from gateway.contract.routes import Route", id="streams does not know contracts"),
        pytest.param("contract", "import gateway.streams.topic", id="contract does not know streams"),
        pytest.param("web", "from gateway.upstream.feed import Feed", id="web does not know upstream"),
        pytest.param("upstream", "from gateway.web import sinks", id="upstream does not know web"),
        pytest.param("streams", "from gateway import app", id="nobody knows the assembly"),
        pytest.param("streams", "import grpc.aio", id="grpc is for upstream"),
        pytest.param("cli", "def f():\n    from litestar import get", id="litestar is for web, also inside a function"),
        pytest.param("app", "from backends.emitter import Progress", id="the gateway has no generated code"),
    ],
)
def test_a_forbidden_import_is_found(room: str, source: str) -> None:
    """The law would fail where it is broken."""
    assert broken_laws(room, source) != []


def test_no_import_circle_exists() -> None:
    """Modules can be put in an order in which each imports only earlier ones."""
    names = {f"gateway.{'.'.join(file.relative_to(HOUSE).with_suffix('').parts)}": file for _, file in modules()}
    waiting = {
        name: {
            found for each in imports(file.read_text()) for found in (each, each.rpartition(".")[0]) if found in names
        }
        for name, file in names.items()
    }
    while ready := [name for name, needed in waiting.items() if not needed & waiting.keys() - {name}]:
        for name in ready:
            del waiting[name]
    assert waiting == {}


def test_modules_and_functions_stay_small() -> None:
    """Under 300 lines and about 30, so that each holds one idea."""
    for _, file in modules():
        source = file.read_text()
        assert source.count("\n") <= 300, file
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert (node.end_lineno or 0) - node.lineno < 45, (file, node.name)
