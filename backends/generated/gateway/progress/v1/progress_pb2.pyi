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

class OperationState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OPERATION_STATE_UNSPECIFIED: _ClassVar[OperationState]
    OPERATION_STATE_STARTING: _ClassVar[OperationState]
    OPERATION_STATE_RUNNING: _ClassVar[OperationState]
    OPERATION_STATE_COMPLETED: _ClassVar[OperationState]
    OPERATION_STATE_ERROR: _ClassVar[OperationState]
    OPERATION_STATE_CANCELLED: _ClassVar[OperationState]

class StageState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STAGE_STATE_UNSPECIFIED: _ClassVar[StageState]
    STAGE_STATE_PENDING: _ClassVar[StageState]
    STAGE_STATE_IN_PROGRESS: _ClassVar[StageState]
    STAGE_STATE_COMPLETED: _ClassVar[StageState]
    STAGE_STATE_SKIPPED: _ClassVar[StageState]
    STAGE_STATE_ERROR: _ClassVar[StageState]
OPERATION_STATE_UNSPECIFIED: OperationState
OPERATION_STATE_STARTING: OperationState
OPERATION_STATE_RUNNING: OperationState
OPERATION_STATE_COMPLETED: OperationState
OPERATION_STATE_ERROR: OperationState
OPERATION_STATE_CANCELLED: OperationState
STAGE_STATE_UNSPECIFIED: StageState
STAGE_STATE_PENDING: StageState
STAGE_STATE_IN_PROGRESS: StageState
STAGE_STATE_COMPLETED: StageState
STAGE_STATE_SKIPPED: StageState
STAGE_STATE_ERROR: StageState

class WatchProgressRequest(_message.Message):
    __slots__ = ("operation_type", "owner_id", "resource_id", "resume_token")
    OPERATION_TYPE_FIELD_NUMBER: _ClassVar[int]
    OWNER_ID_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    operation_type: str
    owner_id: str
    resource_id: str
    resume_token: str
    def __init__(self, operation_type: _Optional[str] = ..., owner_id: _Optional[str] = ..., resource_id: _Optional[str] = ..., resume_token: _Optional[str] = ...) -> None: ...

class WatchProgressResponse(_message.Message):
    __slots__ = ("progress", "completed", "error", "cancelled", "resume_token")
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    COMPLETED_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    CANCELLED_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    progress: ProgressResponse
    completed: ProgressResponse
    error: ProgressResponse
    cancelled: ProgressResponse
    resume_token: str
    def __init__(self, progress: _Optional[_Union[ProgressResponse, _Mapping]] = ..., completed: _Optional[_Union[ProgressResponse, _Mapping]] = ..., error: _Optional[_Union[ProgressResponse, _Mapping]] = ..., cancelled: _Optional[_Union[ProgressResponse, _Mapping]] = ..., resume_token: _Optional[str] = ...) -> None: ...

class ListOperationsRequest(_message.Message):
    __slots__ = ("operation_type", "owner_id", "resource_id", "state", "limit")
    OPERATION_TYPE_FIELD_NUMBER: _ClassVar[int]
    OWNER_ID_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    operation_type: str
    owner_id: str
    resource_id: str
    state: _containers.RepeatedScalarFieldContainer[OperationState]
    limit: int
    def __init__(self, operation_type: _Optional[str] = ..., owner_id: _Optional[str] = ..., resource_id: _Optional[str] = ..., state: _Optional[_Iterable[_Union[OperationState, str]]] = ..., limit: _Optional[int] = ...) -> None: ...

class ListOperationsResponse(_message.Message):
    __slots__ = ("operations",)
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    operations: _containers.RepeatedCompositeFieldContainer[ProgressResponse]
    def __init__(self, operations: _Optional[_Iterable[_Union[ProgressResponse, _Mapping]]] = ...) -> None: ...

class GetOperationRequest(_message.Message):
    __slots__ = ("id",)
    ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    def __init__(self, id: _Optional[str] = ...) -> None: ...

class GetOperationResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: ProgressResponse
    def __init__(self, operation: _Optional[_Union[ProgressResponse, _Mapping]] = ...) -> None: ...

class CancelOperationRequest(_message.Message):
    __slots__ = ("id", "reason")
    ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    id: str
    reason: str
    def __init__(self, id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class CancelOperationResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: ProgressResponse
    def __init__(self, operation: _Optional[_Union[ProgressResponse, _Mapping]] = ...) -> None: ...

class ProgressResponse(_message.Message):
    __slots__ = ("id", "operation_name", "operation_type", "owner_id", "owner_type", "owner_name", "resource_id", "state", "overall_percentage", "error", "stages", "current_stage", "started_at", "last_update", "completed_at", "metadata")
    ID_FIELD_NUMBER: _ClassVar[int]
    OPERATION_NAME_FIELD_NUMBER: _ClassVar[int]
    OPERATION_TYPE_FIELD_NUMBER: _ClassVar[int]
    OWNER_ID_FIELD_NUMBER: _ClassVar[int]
    OWNER_TYPE_FIELD_NUMBER: _ClassVar[int]
    OWNER_NAME_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_ID_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    OVERALL_PERCENTAGE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    STAGES_FIELD_NUMBER: _ClassVar[int]
    CURRENT_STAGE_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    LAST_UPDATE_FIELD_NUMBER: _ClassVar[int]
    COMPLETED_AT_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    id: str
    operation_name: str
    operation_type: str
    owner_id: str
    owner_type: str
    owner_name: str
    resource_id: str
    state: OperationState
    overall_percentage: float
    error: str
    stages: _containers.RepeatedCompositeFieldContainer[StageResponse]
    current_stage: str
    started_at: _timestamp_pb2.Timestamp
    last_update: _timestamp_pb2.Timestamp
    completed_at: _timestamp_pb2.Timestamp
    metadata: _struct_pb2.Struct
    def __init__(self, id: _Optional[str] = ..., operation_name: _Optional[str] = ..., operation_type: _Optional[str] = ..., owner_id: _Optional[str] = ..., owner_type: _Optional[str] = ..., owner_name: _Optional[str] = ..., resource_id: _Optional[str] = ..., state: _Optional[_Union[OperationState, str]] = ..., overall_percentage: _Optional[float] = ..., error: _Optional[str] = ..., stages: _Optional[_Iterable[_Union[StageResponse, _Mapping]]] = ..., current_stage: _Optional[str] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_update: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., completed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class StageResponse(_message.Message):
    __slots__ = ("id", "name", "state", "percentage", "stage_step")
    ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PERCENTAGE_FIELD_NUMBER: _ClassVar[int]
    STAGE_STEP_FIELD_NUMBER: _ClassVar[int]
    id: str
    name: str
    state: StageState
    percentage: float
    stage_step: str
    def __init__(self, id: _Optional[str] = ..., name: _Optional[str] = ..., state: _Optional[_Union[StageState, str]] = ..., percentage: _Optional[float] = ..., stage_step: _Optional[str] = ...) -> None: ...
