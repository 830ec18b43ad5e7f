"""Errors as `application/problem+json` (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus

from litestar.plugins.problem_details import ProblemDetailsConfig, ProblemDetailsException, ProblemDetailsPlugin

from gateway.errors import GatewayError, ParametersError


def problems() -> ProblemDetailsPlugin:
    """Makes every error response a problem: ours with what they know, Litestar's own as they are."""
    return ProblemDetailsPlugin(
        ProblemDetailsConfig(
            enable_for_all_http_exceptions=True, exception_to_problem_detail_map={GatewayError: _problem}
        )
    )


def _problem(error: GatewayError) -> ProblemDetailsException:
    return ProblemDetailsException(
        status_code=error.http_status,
        title=_title(error.http_status),
        detail=str(error),
        extra={"code": error.grpc_code} | _wrong_parameters(error),
    )


def _wrong_parameters(error: GatewayError) -> dict[str, list[dict[str, str]]]:
    """RFC 9457, section 3: `errors` with one entry for each thing that is wrong."""
    if not isinstance(error, ParametersError):
        return {}
    return {"errors": [{"parameter": each.name, "detail": each.reason} for each in error.wrong]}


def _title(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Client Closed Request"
