"""The command `grpc-sse-gateway`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import rich_click as click
from rich.console import Console

from gateway.app import load_contract
from gateway.config import ServerSettings, Settings, load_settings
from gateway.contract.contract import Contract
from gateway.demo import ingest_backend
from gateway.errors import ConfigError, ContractError
from gateway.listing import route_table
from gateway.publishing import VERSIONS, documents
from gateway.serving import serve as run_gateway

_FILE = click.Path(path_type=Path, dir_okay=False)
_config = click.option("--config", type=_FILE, help="A TOML file with settings (docs/configuration.md).")
_descriptor_set = click.option(
    "--descriptor-set",
    metavar="FILE",
    help="A FileDescriptorSet, as `buf build -o FILE` writes it. Without it the shipped progress and log contract.",
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
def serve(
    config: Path | None, host: str | None, port: int | None, upstream: tuple[str, ...], descriptor_set: str | None
) -> None:
    """Serve the contract's streams until Ctrl-C.

    Settings come from the config file, then from GATEWAY_<SECTION>_<KEY> in the environment, then from these
    options; later ones win.
    """
    run_gateway(_settings(config, host=host, port=port, upstream=upstream, descriptor_set=descriptor_set))


@cli.command()
@_config
@_descriptor_set
def check(config: Path | None, descriptor_set: str | None) -> None:
    """Compile the contract and print every problem with its file, line, column and method.

    Exits with status 1 where there is one.
    """
    contract = _contract(config, descriptor_set)
    events = sum(len(route.events) for route in contract.routes)
    click.echo(f"The contract is fine: {len(contract.routes)} routes, {events} events.")


@cli.command()
@_config
@_descriptor_set
def routes(config: Path | None, descriptor_set: str | None) -> None:
    """List every route: path, method, parameters, events, shared or per client."""
    contract = _contract(config, descriptor_set)
    # A pipe has no width of its own; 80 columns would fold every path.
    console = Console(width=None if sys.stdout.isatty() else 200)
    console.print(route_table(contract.routes))


@cli.command()
@_config
@_descriptor_set
@click.option(
    "--version",
    type=click.Choice(VERSIONS),
    default=VERSIONS[0],
    show_default=True,
    help="Of OpenAPI. Generators of types know 3.1; 3.2 describes each event as it stands on the wire.",
)
@click.option("-o", "--output", type=_FILE, help="The file to write; without it standard output.")
def openapi(config: Path | None, descriptor_set: str | None, version: str, output: Path | None) -> None:
    """Print the OpenAPI document that `serve` publishes under /schema."""
    settings = _settings(config, descriptor_set=descriptor_set).contract
    text = documents(load_contract(settings), settings, version)[version]
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


def _contract(config: Path | None, descriptor_set: str | None) -> Contract:
    return load_contract(_settings(config, descriptor_set=descriptor_set).contract)


def _settings(config: Path | None, **flags: Any) -> Settings:
    places = {
        "host": ("server", "host"),
        "port": ("server", "port"),
        "upstream": ("upstream", "addresses"),
        "descriptor_set": ("contract", "descriptor_set"),
    }
    given = {places[name]: value for name, value in flags.items() if value not in (None, ())}
    return load_settings(config, os.environ, given)
