"""Where the server listens: sockets and certificates, with errors that name the setting."""

from __future__ import annotations

import os
import socket
import ssl
from pathlib import Path

from gateway.errors import ConfigError

_BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        ConfigError: the address is taken or is not one of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (OSError, OverflowError) as error:
        number = getattr(error, "errno", None)
        reason = os.strerror(number) if number and number > 0 else str(error)
        raise ConfigError(f"cannot listen on {host}:{port}: {reason}; choose others with --host and --port") from None


def listen_unix(file: str) -> socket.socket:
    """A listening Unix socket, which every user of the machine may connect to, as to a port on it.

    A file that a gateway has left behind is replaced.

    Raises:
        ConfigError: another process listens there, the file is no socket, or it cannot be made.
    """
    listener = socket.socket(socket.AF_UNIX)
    try:
        _remove_left_behind(file)
        listener.bind(file)
        Path(file).chmod(0o666)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise ConfigError(f"cannot listen on unix_socket {file}: {error.strerror or error}") from None
    return listener


def _remove_left_behind(file: str) -> None:
    if not Path(file).is_socket():
        return
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(file)
        except ConnectionRefusedError:
            Path(file).unlink()


def check_certificate(certificate: str, private_key: str) -> None:
    """Loads both, to see whether they can be served with.

    Raises:
        ConfigError: a file cannot be read, or they do not belong together.
    """
    if not certificate:
        if private_key:
            raise ConfigError(f"private_key {private_key} has no certificate: set both")
        return
    for key, file in (("certificate", certificate), ("private_key", private_key or certificate)):
        if not os.access(file, os.R_OK):
            raise ConfigError(f"{key} {file} cannot be read")
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, private_key or None)
    except (ssl.SSLError, OSError) as error:
        files = f"certificate {certificate} with private_key {private_key or certificate}"
        raise ConfigError(f"{files}: {getattr(error, 'reason', None) or error}") from None
