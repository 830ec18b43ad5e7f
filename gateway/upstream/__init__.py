"""Channels, calls, reconnection. The only room that imports grpc."""
