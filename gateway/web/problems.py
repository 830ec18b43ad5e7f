"""Errors as `application/problem+json` (RFC 9457)."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Annotated, Any

from litestar.exceptions import HTTPException
from litestar.plugins.problem_details import ProblemDetailsConfig, ProblemDetailsException, ProblemDetailsPlugin
from litestar.types import Scope
from msgspec import UNSET, Meta, Struct, UnsetType, to_builtins

from gateway.errors import GatewayError, ParametersError, RequestError

logger = logging.getLogger(__name__)


class WrongParameterProblem(Struct):
    """One parameter that cannot be used."""

    parameter: Annotated[str, Meta(description="Its name, as the client wrote it.", examples=["initial"])]
    detail: Annotated[
        str,
        Meta(description="What was expected, and what came.", examples=["expected an integer from 0 to 500, got 'x'"]),
    ]


class Problem(Struct):
    """Why a request was refused (RFC 9457)."""

    status: Annotated[int, Meta(description="The HTTP status.", examples=[400])]
    title: Annotated[str, Meta(description="The name of the status.", examples=["Bad Request"])]
    detail: Annotated[str, Meta(description="What is wrong with this request.")]
    code: Annotated[str, Meta(description="The gRPC code.", examples=["INVALID_ARGUMENT"])] | UnsetType = UNSET
    errors: (
        Annotated[list[WrongParameterProblem], Meta(description="Each parameter that cannot be used.")] | UnsetType
    ) = UNSET


def problems() -> ProblemDetailsPlugin:
    """Makes every error response a problem: ours with what they know, Litestar's own as they are."""
    return ProblemDetailsPlugin(
        ProblemDetailsConfig(
            enable_for_all_http_exceptions=True,
            exception_to_problem_detail_map={GatewayError: _exception, Exception: _unexpected},
        )
    )


async def log_unexpected(error: Exception, scope: Scope) -> None:
    """Logs an error that no client is told of on purpose: a mistake in the gateway."""
    if not isinstance(error, GatewayError | HTTPException):
        logger.error("a request failed: %s", error, exc_info=error)


def problem(error: GatewayError) -> Problem:
    """What a client is told of an error."""
    status = error.http_status
    return Problem(status, status_title(status), str(error), error.grpc_code, _wrong_parameters(error))


def status_title(status: int) -> str:
    """The name of an HTTP status."""
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Client Closed Request"


def _exception(error: GatewayError) -> ProblemDetailsException:
    told: dict[str, Any] = to_builtins(problem(error))
    status, title, detail = (told.pop(key) for key in ("status", "title", "detail"))
    headers = dict(error.headers) if isinstance(error, RequestError) else None
    return ProblemDetailsException(status_code=status, title=title, detail=detail, extra=told, headers=headers)


def _unexpected(_: Exception) -> ProblemDetailsException:
    return ProblemDetailsException(
        status_code=500,
        title=status_title(500),
        detail="the gateway made a mistake; its log says more",
        extra={"code": "INTERNAL"},
    )


def _wrong_parameters(error: GatewayError) -> list[WrongParameterProblem] | UnsetType:
    """RFC 9457, section 3: `errors` with one entry for each thing that is wrong."""
    if not isinstance(error, ParametersError):
        return UNSET
    return [WrongParameterProblem(each.name, each.reason) for each in error.wrong]
