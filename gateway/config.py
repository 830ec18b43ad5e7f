"""Every setting, typed, with its unit in its name.

Read from one TOML file, then `GATEWAY_<SECTION>_<KEY>` from the environment, then flags; later ones win. An
unknown or wrong key is a `ConfigError` that names it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, get_origin, get_type_hints

from msgspec import Meta, Struct, ValidationError, convert, field

from gateway.errors import ConfigError

Seconds = Annotated[float, Meta(gt=0)]
Milliseconds = Annotated[int, Meta(gt=0)]
Bytes = Annotated[int, Meta(gt=0)]
Count = Annotated[int, Meta(gt=0)]
Tables = tuple[dict[str, Any], ...]
"""`[[section.key]]` of a TOML file, one or more times; there is no environment variable for it."""
PREFIX = "GATEWAY_"


class ServerSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the gateway listens."""

    host: str = "127.0.0.1"
    """The address to listen on; `0.0.0.0` for all."""
    port: Annotated[int, Meta(ge=0, le=65535)] = 8080
    """The port; 0 for any free one."""
    unix_socket: str = ""
    """The file of a Unix socket to listen on, instead of `host` and `port`."""
    certificate: str = ""
    """The file of a certificate chain (PEM); with one, the gateway speaks HTTPS."""
    private_key: str = ""
    """The file of the certificate's private key (PEM), where the certificate's own file does not hold it."""
    drain_seconds: Seconds = 5.0
    """Over how long open streams are ended, one after the other, when the gateway is told to stop."""
    allowed_origins: tuple[str, ...] = ()
    """Origins of other sites whose pages may read the streams (CORS) and call unary methods; `*` for all."""
    max_body_bytes: Bytes = 262_144
    """The largest request body taken from a client."""
    access_log: bool = False
    """Whether each request is logged, to standard error: when, client, method, path, status, how long it lasted."""


class ContractSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What is served."""

    descriptor_sets: tuple[str, ...] = ()
    """Files of FileDescriptorSets, which are merged."""
    reflection: Literal["auto", "on", "off"] = "auto"
    """Whether backends are asked for their services: `auto` where there are no files."""
    json_names: Literal["proto", "camel"] = "proto"
    """The names of JSON keys and parameters: the fields' own, or lowerCamelCase."""
    title: str = "Event streams"
    """What the OpenAPI documents are called."""
    version: str = "1.0.0"
    """The version that the OpenAPI documents give for what they describe."""


class UpstreamSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the backends are and how they are called."""

    addresses: tuple[str, ...] = ("127.0.0.1:50051",)
    """`host:port`, or `dns:///host:port` for every address behind a name. All are called and merged."""
    resolve_seconds: Seconds = 30.0
    """How often names are resolved again."""
    first_backoff_seconds: Seconds = 0.2
    """The longest wait before the first new try after a lost call; it doubles with each try."""
    longest_backoff_seconds: Seconds = 10.0
    """The longest wait between tries."""
    keepalive_seconds: Seconds = 10.0
    """How often a silent backend is pinged (HTTP/2 PING)."""
    keepalive_timeout_seconds: Seconds = 5.0
    """How long a ping may stay unanswered before the backend counts as gone."""
    reader_threads: Annotated[int, Meta(ge=0)] = 16
    """How many calls are read by a thread of their own, which is faster; those beyond it share one."""
    max_message_bytes: Bytes = 4_194_304
    """The largest message taken from a backend."""
    unary_timeout_seconds: Seconds = 30.0
    """How long a unary call may take."""
    stream_timeout_seconds: Annotated[float, Meta(ge=0)] = 0.0
    """How long the call of a per-client stream may last; 0 for as long as its client stays."""
    forward_headers: tuple[str, ...] = ()
    """Request headers that travel upstream as metadata. Only clients whose values are equal share a stream."""
    return_headers: tuple[str, ...] = ()
    """Names of a backend's initial metadata that become response headers."""
    tls: bool = False
    """True where the backends speak TLS."""
    ca_certificate: str = ""
    """The file of the certificates (PEM) that backends' are signed by; without it, the public ones gRPC ships."""
    client_certificate: str = ""
    """The file of the certificate chain (PEM) that the gateway shows to backends."""
    client_key: str = ""
    """The file of its private key (PEM), where the certificate's own file does not hold it."""
    server_name: str = ""
    """The name expected in backends' certificates, instead of the one in their address."""


class StreamSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How streams are delivered."""

    heartbeat_seconds: Seconds = 30.0
    """How long a connection stays silent at most."""
    retry_milliseconds: Milliseconds = 3000
    """How long clients are told to wait before they connect again; each is told its own, up to half more or less."""
    flush_milliseconds: Milliseconds = 1
    """How long events that arrive under load wait at most to be written together."""
    linger_seconds: Seconds = 30.0
    """How long the upstream call of a shared stream is kept after its last client has left."""
    open_seconds: Seconds = 0.5
    """How long a new client waits at most for the backend to take or refuse the call, before the stream starts."""
    settle_seconds: Seconds = 2.0
    """How long a new client waits at most for the backends to replay their past."""
    stall_seconds: Seconds = 60.0
    """How long a client may take nothing of what waits for it before it is closed."""
    ignored_parameters: tuple[str, ...] = ("_", "lastEventId")
    """Query parameters that mean nothing; any other unknown one is refused."""


class LogSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How much history a shared stream keeps where its contract does not say."""

    max_events: Count = 10_000
    """Events kept at most."""
    max_bytes: Bytes = 67_108_864
    """Bytes of framed events kept at most."""
    max_age_seconds: Seconds = 3600.0
    """Older events are evicted."""


class HttpSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """HTTP rules for methods whose protos one does not own."""

    rules: Tables = ()
    """Each a `selector` and the keys of google.api.HttpRule, as in google.api.Http.rules."""


class SseSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Options of gateway/sse/v1/options.proto for elements whose protos one does not own."""

    methods: Tables = ()
    """Each a `selector` of methods and the keys of their options."""
    events: Tables = ()
    """Each a `selector` of members of a oneof and the keys of EventOptions."""
    parameters: Tables = ()
    """Each a `selector` of request fields and the keys of ParameterOptions."""
    enums: Tables = ()
    """Each a `selector` of enums and their `spelling`."""


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """All settings, by section."""

    server: ServerSettings = field(default_factory=ServerSettings)
    contract: ContractSettings = field(default_factory=ContractSettings)
    upstream: UpstreamSettings = field(default_factory=UpstreamSettings)
    stream: StreamSettings = field(default_factory=StreamSettings)
    log: LogSettings = field(default_factory=LogSettings)
    http: HttpSettings = field(default_factory=HttpSettings)
    sse: SseSettings = field(default_factory=SseSettings)
    file: str = ""
    """The file they were read from; no section."""


def load_settings(
    file: Path | None, environment: Mapping[str, str], flags: Mapping[tuple[str, str], Any] | None = None
) -> Settings:
    """The settings of a file, then the environment, then flags.

    Args:
        file: a TOML file with the sections of `Settings`; None for none.
        environment: `GATEWAY_STREAM_HEARTBEAT_SECONDS=15` and the like; lists are separated by commas.
        flags: values by section and key.

    Raises:
        ConfigError: naming the file or variable, the key, and what was expected.
    """
    layers = [_from_file(file) if file else {}, _from_environment(environment), _nested(flags or {})]
    merged: dict[str, dict[str, Any]] = {}
    for layer in layers:
        for section, values in layer.items():
            merged[section] = merged.get(section, {}) | values
    try:
        return convert(merged | {"file": str(file or "")}, Settings)
    except ValidationError as error:
        raise ConfigError(f"{file or 'settings'}: {_readable(error)}") from None


def environment_names() -> dict[str, tuple[str, str]]:
    """Every environment variable, with its section and key."""
    return {
        f"{PREFIX}{section}_{key}".upper(): (section, key)
        for section, kind in _sections().items()
        for key, hint in get_type_hints(kind).items()
        if hint != Tables
    }


def _sections() -> dict[str, Any]:
    return {name: kind for name, kind in get_type_hints(Settings).items() if name != "file"}


def _from_file(file: Path) -> dict[str, dict[str, Any]]:
    try:
        values: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: not TOML: {error}") from None
    sections = _sections()
    for section, content in values.items():
        if section not in sections:
            raise ConfigError(f"{file}: unknown section [{section}]{_suggestion(section, sections)}")
        if not isinstance(content, dict):
            raise ConfigError(f"{file}: {section} is a section; expected [{section}] with keys below it")
        for key in content:
            if key not in (known := sections[section].__struct_fields__):
                raise ConfigError(f"{file}: unknown key {key!r} in [{section}]{_suggestion(key, known)}")
    return values


def _from_environment(environment: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    known = environment_names()
    values: dict[tuple[str, str], Any] = {}
    for name, text in environment.items():
        if not name.startswith(PREFIX):
            continue
        if name not in known:
            raise ConfigError(f"unknown environment variable {name}{_suggestion(name, known)}")
        values[known[name]] = _value(name, text, *known[name])
    return _nested(values)


def _value(name: str, text: str, section: str, key: str) -> Any:
    kind = get_type_hints(get_type_hints(Settings)[section], include_extras=True)[key]
    raw: Any = [part.strip() for part in text.split(",") if part.strip()] if get_origin(kind) is tuple else text
    try:
        return convert(raw, kind, strict=False)
    except ValidationError as error:
        raise ConfigError(f"{name}: {_readable(error)}, got {text!r}") from None


def _nested(values: Mapping[tuple[str, str], Any]) -> dict[str, dict[str, Any]]:
    nested: dict[str, dict[str, Any]] = {}
    for (section, key), value in values.items():
        nested.setdefault(section, {})[key] = value
    return nested


def _suggestion(name: str, known: Any) -> str:
    close = get_close_matches(name, known, 1)
    return f"; did you mean {close[0]}?" if close else f"; known are: {', '.join(known)}"


def _readable(error: ValidationError) -> str:
    return str(error).replace(" - at `$.", " at `").replace("Expected", "expected")
