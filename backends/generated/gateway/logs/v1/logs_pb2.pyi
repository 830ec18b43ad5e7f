import datetime

from backends.generated.gateway.sse.v1 import options_pb2 as _options_pb2
from google.api import annotations_pb2 as _annotations_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class LogLevel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LOG_LEVEL_UNSPECIFIED: _ClassVar[LogLevel]
    LOG_LEVEL_TRACE: _ClassVar[LogLevel]
    LOG_LEVEL_DEBUG: _ClassVar[LogLevel]
    LOG_LEVEL_INFO: _ClassVar[LogLevel]
    LOG_LEVEL_WARN: _ClassVar[LogLevel]
    LOG_LEVEL_ERROR: _ClassVar[LogLevel]
LOG_LEVEL_UNSPECIFIED: LogLevel
LOG_LEVEL_TRACE: LogLevel
LOG_LEVEL_DEBUG: LogLevel
LOG_LEVEL_INFO: LogLevel
LOG_LEVEL_WARN: LogLevel
LOG_LEVEL_ERROR: LogLevel

class StreamLogsRequest(_message.Message):
    __slots__ = ("level", "min_level", "module", "initial", "resume_token")
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    MIN_LEVEL_FIELD_NUMBER: _ClassVar[int]
    MODULE_FIELD_NUMBER: _ClassVar[int]
    INITIAL_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    level: _containers.RepeatedScalarFieldContainer[LogLevel]
    min_level: LogLevel
    module: str
    initial: int
    resume_token: str
    def __init__(self, level: _Optional[_Iterable[_Union[LogLevel, str]]] = ..., min_level: _Optional[_Union[LogLevel, str]] = ..., module: _Optional[str] = ..., initial: _Optional[int] = ..., resume_token: _Optional[str] = ...) -> None: ...

class StreamLogsResponse(_message.Message):
    __slots__ = ("log", "resume_token")
    LOG_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    log: LogEntryResponse
    resume_token: str
    def __init__(self, log: _Optional[_Union[LogEntryResponse, _Mapping]] = ..., resume_token: _Optional[str] = ...) -> None: ...

class GetLogStatsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetLogStatsResponse(_message.Message):
    __slots__ = ("backends",)
    BACKENDS_FIELD_NUMBER: _ClassVar[int]
    backends: _containers.RepeatedCompositeFieldContainer[LogStats]
    def __init__(self, backends: _Optional[_Iterable[_Union[LogStats, _Mapping]]] = ...) -> None: ...

class LogStats(_message.Message):
    __slots__ = ("run", "since", "written", "kept", "levels", "oldest", "newest")
    RUN_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    WRITTEN_FIELD_NUMBER: _ClassVar[int]
    KEPT_FIELD_NUMBER: _ClassVar[int]
    LEVELS_FIELD_NUMBER: _ClassVar[int]
    OLDEST_FIELD_NUMBER: _ClassVar[int]
    NEWEST_FIELD_NUMBER: _ClassVar[int]
    run: str
    since: _timestamp_pb2.Timestamp
    written: int
    kept: int
    levels: _containers.RepeatedCompositeFieldContainer[LogLevelCount]
    oldest: _timestamp_pb2.Timestamp
    newest: _timestamp_pb2.Timestamp
    def __init__(self, run: _Optional[str] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., written: _Optional[int] = ..., kept: _Optional[int] = ..., levels: _Optional[_Iterable[_Union[LogLevelCount, _Mapping]]] = ..., oldest: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., newest: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class LogLevelCount(_message.Message):
    __slots__ = ("level", "written")
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    WRITTEN_FIELD_NUMBER: _ClassVar[int]
    level: LogLevel
    written: int
    def __init__(self, level: _Optional[_Union[LogLevel, str]] = ..., written: _Optional[int] = ...) -> None: ...

class ListRecentLogsRequest(_message.Message):
    __slots__ = ("limit", "level", "min_level", "module", "until")
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    MIN_LEVEL_FIELD_NUMBER: _ClassVar[int]
    MODULE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    limit: int
    level: _containers.RepeatedScalarFieldContainer[LogLevel]
    min_level: LogLevel
    module: str
    until: _timestamp_pb2.Timestamp
    def __init__(self, limit: _Optional[int] = ..., level: _Optional[_Iterable[_Union[LogLevel, str]]] = ..., min_level: _Optional[_Union[LogLevel, str]] = ..., module: _Optional[str] = ..., until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListRecentLogsResponse(_message.Message):
    __slots__ = ("entries",)
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[LogEntryResponse]
    def __init__(self, entries: _Optional[_Iterable[_Union[LogEntryResponse, _Mapping]]] = ...) -> None: ...

class LogEntryResponse(_message.Message):
    __slots__ = ("id", "timestamp", "level", "message", "module", "target", "file", "line", "fields", "context")
    ID_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    LEVEL_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    MODULE_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    FILE_FIELD_NUMBER: _ClassVar[int]
    LINE_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    CONTEXT_FIELD_NUMBER: _ClassVar[int]
    id: str
    timestamp: _timestamp_pb2.Timestamp
    level: LogLevel
    message: str
    module: str
    target: str
    file: str
    line: int
    fields: _struct_pb2.Struct
    context: _struct_pb2.Struct
    def __init__(self, id: _Optional[str] = ..., timestamp: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., level: _Optional[_Union[LogLevel, str]] = ..., message: _Optional[str] = ..., module: _Optional[str] = ..., target: _Optional[str] = ..., file: _Optional[str] = ..., line: _Optional[int] = ..., fields: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., context: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...
