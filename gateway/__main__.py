"""`python -m gateway` is `grpc-sse-gateway`."""

from gateway.cli import main

main()
