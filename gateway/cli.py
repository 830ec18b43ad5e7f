"""The command `grpc-sse-gateway`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import rich_click as click
from rich.console import Console

from gateway.config import ServerSettings, Settings, load_settings
from gateway.contract.contract import Contract
from gateway.demo import ingest_backend
from gateway.errors import ConfigError, ContractError
from gateway.listing import route_table
from gateway.loading import load_contract
from gateway.publishing import VERSIONS, documents
from gateway.serving import serve as run_gateway

_FILE = click.Path(path_type=Path, dir_okay=False)
_config = click.option("--config", type=_FILE, help="A TOML file with settings (docs/configuration.md).")
_descriptor_set = click.option(
    "--descriptor-set",
    multiple=True,
    metavar="FILE",
    help="A FileDescriptorSet, as `buf build -o FILE` writes it; may be repeated, all are merged.",
)
_reflection = click.option(
    "--reflection/--no-reflection",
    default=None,
    help="Ask the backends for their services, or never.  [default: ask where there is no descriptor set]",
)
_ask = click.option(
    "--upstream",
    multiple=True,
    metavar="HOST:PORT",
    help="A backend to ask for its services by gRPC server reflection; may be repeated, the first answer counts.",
)
_host = click.option("--host", help=f"The address to listen on.  [default: {ServerSettings().host}]")
_port = click.option("--port", type=int, help=f"The port; 0 for any free one.  [default: {ServerSettings().port}]")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="grpc-sse-gateway")
def cli() -> None:
    """Turns gRPC server-streaming methods into named Server-Sent Events.

    Try `grpc-sse-gateway demo` first: a real backend, the gateway, and a page to look at.
    """


@cli.command()
@_config
@_host
@_port
@click.option(
    "--upstream", multiple=True, metavar="HOST:PORT", help="A backend; may be repeated, all are called and merged."
)
@_descriptor_set
@_reflection
def serve(config: Path | None, **flags: Any) -> None:
    """Serve the contract's streams until Ctrl-C.

    The contract is what the descriptor sets say. Without one, the backends are asked by gRPC server reflection, and
    asked again while none is up; until one answers, and where they have nothing else to tell, it is the shipped
    progress and log contract. SIGHUP has the files read and the backends asked again.

    Settings come from the config file, then from GATEWAY_<SECTION>_<KEY> in the environment, then from these
    options; later ones win.
    """
    run_gateway(_settings(config, **flags))


@cli.command()
@_config
@_ask
@_descriptor_set
@_reflection
def check(config: Path | None, **flags: Any) -> None:
    """Compile the contract and print every problem with its file, line, column and method.

    Exits with status 1 where there is one. Backends are asked for their services with --upstream or --reflection
    only; methods of theirs that `serve` would leave out are problems as well.
    """
    contract = _contract(config, flags)
    if contract.problems:
        raise ContractError(contract.problems)
    events = sum(len(route.events) for route in contract.streams)
    click.echo(f"The contract is fine: {len(contract.routes)} routes, {events} events.")


@cli.command()
@_config
@_ask
@_descriptor_set
@_reflection
def routes(config: Path | None, **flags: Any) -> None:
    """List every route: path, method, parameters, events, shared or per client.

    Backends are asked for their services with --upstream or --reflection only.
    """
    contract = _contract(config, flags)
    # A pipe has no width of its own; 80 columns would fold every path.
    console = Console(width=None if sys.stdout.isatty() else 200)
    console.print(route_table(contract.routes))


@cli.command()
@_config
@_ask
@_descriptor_set
@_reflection
@click.option(
    "--version",
    type=click.Choice(VERSIONS),
    default=VERSIONS[0],
    show_default=True,
    help="Of OpenAPI. Generators of types know 3.1; 3.2 describes each event as it stands on the wire.",
)
@click.option("-o", "--output", type=_FILE, help="The file to write; without it standard output.")
def openapi(config: Path | None, version: str, output: Path | None, **flags: Any) -> None:
    """Print the OpenAPI document that `serve` publishes under /schema.

    Backends are asked for their services with --upstream or --reflection only.
    """
    settings = _settings(config, **flags)
    contract = load_contract(settings, ask=bool(flags["upstream"]))
    text = documents(contract, settings.contract, version)[version]
    if output is None:
        click.echo(text, nl=False)
    else:
        _write(output, text)


@cli.command()
@click.argument("directory", required=False, type=click.Path(exists=True, file_okay=False))
@_host
@_port
def demo(directory: str | None, host: str | None, port: int | None) -> None:
    """Run a real backend over DIRECTORY, the gateway and its page until Ctrl-C.

    The backend scans, hashes, archives and verifies what is in DIRECTORY (default: Python's standard library),
    and reports progress and logs over gRPC. Nothing in DIRECTORY is changed.
    """
    with ingest_backend(directory) as address:
        run_gateway(_settings(None, host=host, port=port, upstream=(address,)))


def main() -> None:
    """Runs the command; an error of ours is one clear line (or list) and exit status 1, never a traceback."""
    try:
        cli()
    except ContractError as error:
        click.echo("The contract cannot be served:", err=True)
        click.echo(str(error), err=True)
    except ConfigError as error:
        click.echo(f"Error: {error}", err=True)
    else:
        return
    sys.exit(1)


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise ConfigError(f"cannot write {file}: {error.strerror}") from None


def _contract(config: Path | None, flags: Mapping[str, Any]) -> Contract:
    return load_contract(_settings(config, **flags), ask=bool(flags["upstream"]))


def _settings(config: Path | None, **flags: Any) -> Settings:
    places = {
        "host": ("server", "host"),
        "port": ("server", "port"),
        "upstream": ("upstream", "addresses"),
        "descriptor_set": ("contract", "descriptor_sets"),
        "reflection": ("contract", "reflection"),
    }
    if (reflection := flags.get("reflection")) is not None:
        flags["reflection"] = "on" if reflection else "off"
    given = {places[name]: value for name, value in flags.items() if value not in (None, ())}
    return load_settings(config, os.environ, given)
