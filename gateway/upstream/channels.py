"""How channels to backends are opened."""

from __future__ import annotations

import grpc.aio
from grpc.experimental import ChannelOptions

from gateway.config import UpstreamSettings
from gateway.upstream.credentials import channel_credentials

Options = list[tuple[str, int | str]]


class Channels:
    """Opens channels, with TLS where that is configured and never without it then.

    Args:
        settings: keepalive, sizes and TLS.

    Raises:
        ConfigError: a file of TLS cannot be used.
    """

    def __init__(self, settings: UpstreamSettings) -> None:
        self._credentials = channel_credentials(settings)
        self._options: Options = [*channel_options(settings)]
        self._server_name = settings.server_name

    def shared(self, address: str, name: str = "") -> grpc.aio.Channel:
        """A channel for any number of calls.

        Args:
            address: `host:port`.
            name: `host:port` of the target that the address stands behind, where it is another one.
        """
        options = self._options + self._expected(name)
        if self._credentials is None:
            return grpc.aio.insecure_channel(address, options=options)
        return grpc.aio.secure_channel(address, self._credentials, options=options)

    def single(self, address: str, name: str = "") -> grpc.Channel:
        """A channel for one call that a thread reads."""
        options = [*self._options, *self._expected(name), (ChannelOptions.SingleThreadedUnaryStream, 1)]
        if self._credentials is None:
            return grpc.insecure_channel(address, options=options)
        return grpc.secure_channel(address, self._credentials, options=options)

    def _expected(self, name: str) -> Options:
        """Whose certificate it must be, where that is not the address's own."""
        if self._credentials is None:
            return []
        if self._server_name:
            return [("grpc.ssl_target_name_override", self._server_name)]
        return [("grpc.default_authority", name)] if name else []


def channel_options(settings: UpstreamSettings) -> list[tuple[str, int]]:
    """The channel arguments (gRPC core, grpc_types.h).

    HTTP/2 pings find a backend that hangs or has vanished without a word; gRPC's own reconnection is kept short
    because the backoff is ours.
    """
    return [
        ("grpc.keepalive_time_ms", int(settings.keepalive_seconds * 1000)),
        ("grpc.keepalive_timeout_ms", int(settings.keepalive_timeout_seconds * 1000)),
        # Without it a ping that is already under way is given gRPC's own 60 s.
        ("grpc.http2.ping_timeout_ms", int(settings.keepalive_timeout_seconds * 1000)),
        ("grpc.keepalive_permit_without_calls", 0),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.min_reconnect_backoff_ms", 1000),
        ("grpc.max_reconnect_backoff_ms", 1000),
        ("grpc.max_receive_message_length", settings.max_message_bytes),
        ("grpc.use_local_subchannel_pool", 1),
        ("grpc.enable_retries", 0),
    ]
