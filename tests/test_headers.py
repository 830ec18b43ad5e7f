"""Which headers travel on, and which are refused: at start by name, with a request by value."""

from typing import Any

import pytest

from gateway.errors import ConfigError, ParametersError
from gateway.headers import MOST_BYTES, Forwarding, Returning


def test_the_chosen_headers_travel_in_a_fixed_order() -> None:
    """So that two clients who sent them in another order still share a stream."""
    pick = Forwarding(("Authorization", "x-tenant", "authorization"))
    one = pick([("x-tenant", "a"), ("accept", "*/*"), ("Authorization", "Bearer x")])
    two = pick([("authorization", "Bearer x"), ("X-Tenant", "a"), ("x-other", "b")])
    assert one == two == (("authorization", "Bearer x"), ("x-tenant", "a"))


def test_a_header_given_twice_travels_twice_and_in_its_order() -> None:
    """Metadata may repeat a name (gRPC over HTTP2, "Custom-Metadata")."""
    assert Forwarding(("a",))([("a", "2"), ("a", "1")]) == (("a", "2"), ("a", "1"))


def test_nothing_is_read_where_nothing_is_chosen() -> None:
    """The headers are not even looked at."""
    untouched: Any = iter([("a", "b")])
    assert Forwarding(())(untouched) == Returning(())(untouched) == ()
    assert next(untouched) == ("a", "b")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        pytest.param("AP8=", [b"\x00\xff"], id="with padding"),
        pytest.param("AP8", [b"\x00\xff"], id="without: both must be taken"),
        pytest.param("AP8, AQ==,Ag", [b"\x00\xff", b"\x01", b"\x02"], id="several in one header"),
        pytest.param("", [b""], id="nothing is a value"),
    ],
)
def test_binary_metadata_is_base64_in_http(text: str, values: list[bytes]) -> None:
    """And bytes for gRPC."""
    assert Forwarding(("id-bin",))([("id-bin", text)]) == tuple(("id-bin", value) for value in values)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        pytest.param("a", "gr\u00fcn", "printable ASCII", id="HTTP hands Latin-1 over"),
        pytest.param("a", "x\ty", "printable ASCII", id="a tab is for HTTP only"),
        pytest.param("a", "x\ny", "printable ASCII", id="a line break"),
        pytest.param("a", "x\x00", "printable ASCII", id="a zero"),
        pytest.param("a", "x\x7f", "printable ASCII", id="delete"),
        pytest.param("a-bin", "?", "base64", id="another alphabet"),
        pytest.param("a-bin", "AAAAA", "base64", id="a length base64 does not have"),
        pytest.param("a-bin", "\u00fc", "base64", id="no ASCII"),
        pytest.param("a", "x" * MOST_BYTES, f"at most {MOST_BYTES} bytes", id="more than servers take"),
    ],
)
def test_a_value_that_cannot_be_metadata_is_refused_and_not_repeated(name: str, text: str, expected: str) -> None:
    """400 that names the header; the value may be a secret."""
    with pytest.raises(ParametersError, match=expected) as error:
        Forwarding((name,))([(name, text)])
    assert error.value.http_status == 400
    assert error.value.wrong[0].name == name
    assert repr(text)[1:-1] not in str(error.value)


def test_spaces_around_a_value_do_not_part_clients() -> None:
    """They are no part of it (RFC 9110, 5.5)."""
    assert Forwarding(("a",))([("a", " x y \t")]) == (("a", "x y"),)


@pytest.mark.parametrize(
    "name",
    [
        *("grpc-timeout", "grpc-x", "Host", "content-type", "te", "connection", "transfer-encoding", "content-length"),
        *("user-agent", ":path", "", "a b", "gr\u00fcn", "a:b"),
    ],
)
def test_names_that_cannot_travel_upstream_are_refused_at_start(name: str) -> None:
    """Those of gRPC itself, and what is no name."""
    with pytest.raises(ConfigError, match="upstream forward_headers") as error:
        Forwarding(("x-fine", name))
    assert repr(name.lower()) in str(error.value)


@pytest.mark.parametrize(
    "name",
    [
        *("Content-Type", "cache-control", "connection", "content-length", "transfer-encoding", "grpc-encoding"),
        *("access-control-allow-origin", "x-accel-buffering", "set-cookie", ":status", "a b"),
    ],
)
def test_names_that_the_gateway_sets_are_refused_at_start(name: str) -> None:
    """A backend cannot change how a stream is cached or framed, or who may read it, nor give all one cookie."""
    with pytest.raises(ConfigError, match="upstream return_headers"):
        Returning((name,))


def test_only_chosen_metadata_comes_back() -> None:
    """Each name once, binary values in base64, and none that would break the response's head."""
    metadata = [("a", "1"), ("b", "2"), ("a", "x\r\nset-cookie: y"), ("c-bin", b"\x00\xff"), ("a", "3"), ("a", "1")]
    assert Returning(("A", "c-bin"))(metadata) == (("a", "1, 3"), ("c-bin", "AP8"))
