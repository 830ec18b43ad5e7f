"""The program's log, on its way to those who watch."""

import logging
import threading
import traceback
import uuid
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from backends.emitter.context import current_log_context
from backends.emitter.ring import Ring
from backends.emitter.values import struct_of, text_of
from backends.generated.gateway.logs.v1 import logs_pb2 as pb

# Everything else that a record holds was passed as `extra`.
_OWN_ATTRIBUTES = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

_LEVELS = (pb.LOG_LEVEL_TRACE, pb.LOG_LEVEL_DEBUG, pb.LOG_LEVEL_INFO, pb.LOG_LEVEL_WARN, pb.LOG_LEVEL_ERROR)


class LogHandler(logging.Handler):
    """Keeps log records for those who watch; added to a logger like any other handler.

    What `extra` holds becomes the entry's fields, `log_context` its context, an exception the field `exception` and
    a stack the field `stack`. A record that cannot be kept goes to `handleError`, never to the caller. What a
    value's `__str__` logs while its record is being kept is left out, as it would never end.

    Args:
        level: Less severe records are ignored.
        capacity: How many entries are kept.
        epoch: What the resume tokens begin with; random unless given.

    Attributes:
        ring: The entries.
    """

    def __init__(self, level: int | str = logging.NOTSET, *, capacity: int = 5_000, epoch: str | None = None) -> None:
        super().__init__(level)
        self.ring: Ring[pb.LogEntryResponse] = Ring(capacity, epoch)
        self._since = datetime.now(UTC)
        self._written = dict.fromkeys(_LEVELS, 0)
        # Re-entrant: a signal handler may log while `stats` counts.
        self._counting = threading.RLock()
        self._thread = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record; never blocks and never raises."""
        if getattr(self._thread, "busy", False):
            return
        self._thread.busy = True
        try:
            self._keep(_entry(record))
        except Exception:
            self.handleError(record)
        finally:
            self._thread.busy = False

    def stats(self) -> pb.LogStats:
        """Return the numbers of the log at this moment."""
        with self._counting:
            extent, written = self.ring.extent, dict(self._written)
        return pb.LogStats(
            run=self.ring.epoch,
            since=self._since,
            written=extent.appended,
            kept=extent.kept,
            levels=[pb.LogLevelCount(level=level, written=count) for level, count in written.items()],
            oldest=extent.oldest.timestamp if extent.oldest else None,
            newest=extent.newest.timestamp if extent.newest else None,
        )

    def _keep(self, entry: pb.LogEntryResponse) -> None:
        with self._counting:
            self.ring.append(entry)
            self._written[entry.level] += 1


def _entry(record: logging.LogRecord) -> pb.LogEntryResponse:
    fields, context = _fields(record), current_log_context()
    timestamp = Timestamp()
    timestamp.FromMicroseconds(round(record.created * 1_000_000))
    return pb.LogEntryResponse(
        id=uuid.uuid4().hex,
        timestamp=timestamp,
        level=_level(record.levelno),
        message=text_of(record.getMessage()),
        module=text_of(record.module),
        target=text_of(record.name),
        file=text_of(record.filename),
        line=record.lineno,
        fields=struct_of(fields) if fields else None,
        context=struct_of(context) if context else None,
    )


def _level(number: int) -> pb.LogLevel:
    if number < logging.DEBUG:
        return pb.LOG_LEVEL_TRACE
    if number < logging.INFO:
        return pb.LOG_LEVEL_DEBUG
    if number < logging.WARNING:
        return pb.LOG_LEVEL_INFO
    return pb.LOG_LEVEL_WARN if number < logging.ERROR else pb.LOG_LEVEL_ERROR


def _fields(record: logging.LogRecord) -> dict[str, object]:
    fields = {key: value for key, value in vars(record).items() if key not in _OWN_ATTRIBUTES}
    if record.exc_info and record.exc_info[0]:
        fields["exception"] = "".join(traceback.format_exception(*record.exc_info)).rstrip()
    elif record.exc_text:
        fields["exception"] = record.exc_text
    if record.stack_info:
        fields["stack"] = record.stack_info
    return fields
