"""TLS to backends: files read and checked at start, because gRPC would tell of them with each call, or abort."""

from __future__ import annotations

import ssl
from pathlib import Path

import grpc

from gateway.config import UpstreamSettings
from gateway.errors import ConfigError


def channel_credentials(settings: UpstreamSettings) -> grpc.ChannelCredentials | None:
    """What channels are opened with; None for plain ones.

    Raises:
        ConfigError: a file cannot be read, is not PEM, or does not belong to the other; or there are files and no TLS.
    """
    if not settings.tls:
        _refuse_without_tls(settings)
        return None
    key_file = settings.client_key or settings.client_certificate
    authority = _content("ca_certificate", settings.ca_certificate)
    certificate = _content("client_certificate", settings.client_certificate)
    key = _content("client_key", key_file)
    if authority is not None:
        _check_authority(settings.ca_certificate)
    if key is not None:
        _check_pair(settings.client_certificate, key_file)
    return grpc.ssl_channel_credentials(authority, key, certificate)


def _refuse_without_tls(settings: UpstreamSettings) -> None:
    for name in ("ca_certificate", "client_certificate", "client_key", "server_name"):
        if text := getattr(settings, name):
            raise ConfigError(f"upstream {name} {text} needs upstream tls = true")


def _content(name: str, file: str) -> bytes | None:
    try:
        return Path(file).read_bytes() if file else None
    except OSError as error:
        raise ConfigError(f"upstream {name} {file}: {error.strerror}") from None


def _check_authority(file: str) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except ssl.SSLError as error:
        raise ConfigError(f"upstream ca_certificate {file}: {_reason(error)}") from None


def _check_pair(certificate: str, key: str) -> None:
    if not certificate:
        raise ConfigError(f"upstream client_key {key} has no client_certificate: set both")
    try:
        # gRPC takes no password, and OpenSSL would ask for one at the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(certificate, key, password=lambda: b"")
    except ssl.SSLError as error:
        raise ConfigError(
            f"upstream client_certificate {certificate} with client_key {key}: {_reason(error)}"
        ) from None


def _reason(error: ssl.SSLError) -> str:
    return error.reason.replace("_", " ").lower() if error.reason else f"not PEM, or locked by a password ({error})"
