import datetime

from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Delivery(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DELIVERY_UNSPECIFIED: _ClassVar[Delivery]
    DELIVERY_PER_CLIENT: _ClassVar[Delivery]
    DELIVERY_SHARED: _ClassVar[Delivery]

class Backends(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BACKENDS_UNSPECIFIED: _ClassVar[Backends]
    BACKENDS_ANY: _ClassVar[Backends]
    BACKENDS_ALL: _ClassVar[Backends]
    BACKENDS_OWNER: _ClassVar[Backends]

class Match(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MATCH_UNSPECIFIED: _ClassVar[Match]
    MATCH_EQUAL: _ClassVar[Match]
    MATCH_ANY_OF: _ClassVar[Match]
    MATCH_AT_LEAST: _ClassVar[Match]

class Spelling(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SPELLING_UNSPECIFIED: _ClassVar[Spelling]
    SPELLING_LOWER: _ClassVar[Spelling]
DELIVERY_UNSPECIFIED: Delivery
DELIVERY_PER_CLIENT: Delivery
DELIVERY_SHARED: Delivery
BACKENDS_UNSPECIFIED: Backends
BACKENDS_ANY: Backends
BACKENDS_ALL: Backends
BACKENDS_OWNER: Backends
MATCH_UNSPECIFIED: Match
MATCH_EQUAL: Match
MATCH_ANY_OF: Match
MATCH_AT_LEAST: Match
SPELLING_UNSPECIFIED: Spelling
SPELLING_LOWER: Spelling
STREAM_FIELD_NUMBER: _ClassVar[int]
stream: _descriptor.FieldDescriptor
UNARY_FIELD_NUMBER: _ClassVar[int]
unary: _descriptor.FieldDescriptor
EVENT_FIELD_NUMBER: _ClassVar[int]
event: _descriptor.FieldDescriptor
PARAMETER_FIELD_NUMBER: _ClassVar[int]
parameter: _descriptor.FieldDescriptor
FINITE_FIELD_NUMBER: _ClassVar[int]
finite: _descriptor.FieldDescriptor
SPELLING_FIELD_NUMBER: _ClassVar[int]
spelling: _descriptor.FieldDescriptor
JSON_FIELD_NUMBER: _ClassVar[int]
json: _descriptor.FieldDescriptor

class StreamOptions(_message.Message):
    __slots__ = ("delivery", "history", "resume_request_field", "resume_response_field", "bookmarks", "whole_responses")
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    HISTORY_FIELD_NUMBER: _ClassVar[int]
    RESUME_REQUEST_FIELD_FIELD_NUMBER: _ClassVar[int]
    RESUME_RESPONSE_FIELD_FIELD_NUMBER: _ClassVar[int]
    BOOKMARKS_FIELD_NUMBER: _ClassVar[int]
    WHOLE_RESPONSES_FIELD_NUMBER: _ClassVar[int]
    delivery: Delivery
    history: History
    resume_request_field: str
    resume_response_field: str
    bookmarks: bool
    whole_responses: bool
    def __init__(self, delivery: _Optional[_Union[Delivery, str]] = ..., history: _Optional[_Union[History, _Mapping]] = ..., resume_request_field: _Optional[str] = ..., resume_response_field: _Optional[str] = ..., bookmarks: _Optional[bool] = ..., whole_responses: _Optional[bool] = ...) -> None: ...

class History(_message.Message):
    __slots__ = ("max_events", "max_bytes", "max_age")
    MAX_EVENTS_FIELD_NUMBER: _ClassVar[int]
    MAX_BYTES_FIELD_NUMBER: _ClassVar[int]
    MAX_AGE_FIELD_NUMBER: _ClassVar[int]
    max_events: int
    max_bytes: int
    max_age: _duration_pb2.Duration
    def __init__(self, max_events: _Optional[int] = ..., max_bytes: _Optional[int] = ..., max_age: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class UnaryOptions(_message.Message):
    __slots__ = ("backends",)
    BACKENDS_FIELD_NUMBER: _ClassVar[int]
    backends: Backends
    def __init__(self, backends: _Optional[_Union[Backends, str]] = ...) -> None: ...

class EventOptions(_message.Message):
    __slots__ = ("name", "terminal", "resume_token_field", "key_field")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TERMINAL_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_FIELD_NUMBER: _ClassVar[int]
    name: str
    terminal: bool
    resume_token_field: str
    key_field: str
    def __init__(self, name: _Optional[str] = ..., terminal: _Optional[bool] = ..., resume_token_field: _Optional[str] = ..., key_field: _Optional[str] = ...) -> None: ...

class ParameterOptions(_message.Message):
    __slots__ = ("filter", "last", "default", "minimum", "maximum")
    FILTER_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_FIELD_NUMBER: _ClassVar[int]
    MINIMUM_FIELD_NUMBER: _ClassVar[int]
    MAXIMUM_FIELD_NUMBER: _ClassVar[int]
    filter: Filter
    last: bool
    default: str
    minimum: float
    maximum: float
    def __init__(self, filter: _Optional[_Union[Filter, _Mapping]] = ..., last: _Optional[bool] = ..., default: _Optional[str] = ..., minimum: _Optional[float] = ..., maximum: _Optional[float] = ...) -> None: ...

class Filter(_message.Message):
    __slots__ = ("field", "match")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    MATCH_FIELD_NUMBER: _ClassVar[int]
    field: str
    match: Match
    def __init__(self, field: _Optional[str] = ..., match: _Optional[_Union[Match, str]] = ...) -> None: ...
