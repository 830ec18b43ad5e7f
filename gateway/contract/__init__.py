"""Descriptors in; routes, Structs and converters out.

Pure: no I/O, no asyncio, no gRPC, no HTTP. The way in is `compile_contract`, the way out `Contract.routes`.
"""
