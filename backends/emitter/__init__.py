"""Reports a program's progress and log over gRPC, as the gateway's contract has them.

    emitter = Emitter()
    logging.getLogger().addHandler(emitter.logs)
    emitter.start("127.0.0.1:50051")
    with emitter.progress.operation(
        "Nightly ingest", type="ingest", owner_id="u1", stages=[Plan("scan", "Scan files")]
    ) as operation:
        with log_context(operation_id=operation.id), operation.stage("scan") as stage:
            for path in stage.track(paths, step=str):
                logging.info("scanned", extra={"bytes": path.stat().st_size})
    emitter.stop()

Whoever watches may also ask: which operations run and which ended lately, what the log has counted and said; and may
cancel an operation, whose work is then told at its next step. Nothing here ever waits for whoever listens. In an event
loop, `server = await emitter.serve(...)` takes the place of `start`, and `await server.stop()` that of `stop`; `async
with` works as `with` does.
"""

from backends.emitter.clock import Clock, SystemClock
from backends.emitter.context import current_log_context, log_context
from backends.emitter.emitter import Emitter
from backends.emitter.errors import (
    BindError,
    EmitterError,
    InvalidRequest,
    OperationCancelled,
    OperationEnded,
    TokenGone,
    UnknownOperation,
)
from backends.emitter.logs import LogHandler
from backends.emitter.operation import Operation
from backends.emitter.progress import Progress
from backends.emitter.server import Server
from backends.emitter.stage import Plan, Stage

__all__ = [
    "BindError",
    "Clock",
    "Emitter",
    "EmitterError",
    "InvalidRequest",
    "LogHandler",
    "Operation",
    "OperationCancelled",
    "OperationEnded",
    "Plan",
    "Progress",
    "Server",
    "Stage",
    "SystemClock",
    "TokenGone",
    "UnknownOperation",
    "current_log_context",
    "log_context",
]
