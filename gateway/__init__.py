"""The gRPC-to-SSE gateway: server-streaming methods in, named Server-Sent Events out."""
