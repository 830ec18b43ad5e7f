"""The contract that the package carries."""

from __future__ import annotations

from importlib.resources import files


def shipped_descriptor_set() -> bytes:
    """The descriptor set of the progress and log contract."""
    return files("gateway.contract").joinpath("shipped.binpb").read_bytes()
