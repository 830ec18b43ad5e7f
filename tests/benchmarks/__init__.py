"""Benchmarks against real peers: `python -m tests.benchmarks`, described in docs/benchmarks.md."""
