"""The well-known forms of texts, as the comments of buf/validate/validate.proto define them."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_network
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

import re2

from gateway.contract.validation.checks import Keywords
from gateway.contract.validation.patterns import searcher


class Format(NamedTuple):
    """One form of texts."""

    expected: str
    """What a client is told was expected."""
    holds: Callable[[str], bool]
    schema: Keywords
    """The form as JSON Schema; empty where it has none."""


_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
# The HTML standard, "valid email address".
_EMAIL = rf"^[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})*$"
_HOSTNAME = searcher(rf"^(?:{_LABEL}\.)*{_LABEL}\.?$")
_UUID = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
_TUUID = "^[0-9a-fA-F]{32}$"
_ULID = "^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$"
_NAME = "[A-Za-z_][A-Za-z_0-9]*"
_FQN, _DOT_FQN = rf"^{_NAME}(\.{_NAME})*$", rf"^\.{_NAME}(\.{_NAME})*$"
_PREFIX_LENGTH, _PORT = searcher("^(?:0|[1-9][0-9]{0,2})$"), searcher("^(?:0|[1-9][0-9]{0,4})$")

# RFC 3986, appendix A; a zone in an IP literal as in RFC 6874.
_FREE = r"A-Za-z0-9\-._~!$&'()*+,;="
_HEX = "%[0-9A-Fa-f]{2}"
_SEGMENT, _FIRST = f"(?:[{_FREE}:@]|{_HEX})", f"(?:[{_FREE}@]|{_HEX})"
_HOST = rf"(?P<literal>\[[^\]]*\])|(?P<name>(?:[{_FREE}]|{_HEX})*)"
_AUTHORITY = rf"//(?:(?:[{_FREE}:]|{_HEX})*@)?(?:{_HOST})(?::[0-9]*)?"
_REST = rf"(?:\?(?:{_SEGMENT}|[/?])*)?(?:#(?:{_SEGMENT}|[/?])*)?"
_ROOTED = rf"/(?:{_SEGMENT}+(?:/{_SEGMENT}*)*)?"
_URI = re2.compile(
    rf"[A-Za-z][A-Za-z0-9+.\-]*:(?:{_AUTHORITY}(?:/{_SEGMENT}*)*|{_ROOTED}|{_SEGMENT}+(?:/{_SEGMENT}*)*|){_REST}"
)
_RELATIVE = re2.compile(rf"(?:{_AUTHORITY}(?:/{_SEGMENT}*)*|{_ROOTED}|{_FIRST}+(?:/{_SEGMENT}*)*|){_REST}")
_ZONE = re2.compile(r"(?:[A-Za-z0-9\-._~]|%[0-9A-Fa-f]{2})+")
_FUTURE = re2.compile(rf"[vV][0-9A-Fa-f]+\.[{_FREE}:]+")


def _is_hostname(text: str) -> bool:
    plain = text.removesuffix(".")
    return len(plain) <= 253 and _HOSTNAME(text) and not plain.rpartition(".")[2].isdigit()


def _is_ipv4(text: str) -> bool:
    try:
        return bool(IPv4Address(text))
    except AddressValueError:
        return False


def _is_ipv6(text: str) -> bool:
    # A zone is any text but an empty one or a NUL (RFC 4007); Python's has no percent sign in it.
    address, percent, zone = text.partition("%")
    try:
        return bool(IPv6Address(address)) and bool(zone) == bool(percent) and "\0" not in zone
    except AddressValueError:
        return False


def _is_ip(text: str) -> bool:
    return _is_ipv4(text) or _is_ipv6(text)


def _is_prefix(text: str, address: Callable[[str], bool], strict: bool) -> bool:
    before, _, length = text.partition("/")
    if "%" in before or not (address(before) and _PREFIX_LENGTH(length)):
        return False
    try:
        return bool(ip_network(text, strict=strict))
    except ValueError:
        return False


def _is_host_and_port(text: str) -> bool:
    host, _, port = text.rpartition(":")
    bracketed = host[:1] == "[" and host[-1:] == "]"
    known = _is_ipv6(host[1:-1]) if bracketed else _is_hostname(host) or _is_ipv4(host)
    return known and _PORT(port) and int(port) <= 65535


def _is_uri(text: str) -> bool:
    found = _URI.fullmatch(text)
    return found is not None and _is_host(found["literal"] or "", found["name"] or "")


def _is_uri_ref(text: str) -> bool:
    found = _RELATIVE.fullmatch(text)
    return _is_uri(text) or (found is not None and _is_host(found["literal"] or "", found["name"] or ""))


def _is_host(literal: str, name: str) -> bool:
    if not literal:
        return _is_utf8(name)
    address, percent, zone = literal[1:-1].partition("%25")
    if percent:
        return "%" not in address and _is_ipv6(address) and _ZONE.fullmatch(zone) is not None and _is_utf8(zone)
    return ("%" not in address and _is_ipv6(address)) or _FUTURE.fullmatch(address) is not None


def _is_utf8(text: str) -> bool:
    try:
        unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        return False
    return True


def _prefixes(name: str, noun: str, address: Callable[[str], bool]) -> dict[str, Format]:
    return {
        f"{name}_with_prefixlen": Format(
            f"{noun} with a prefix length", lambda text: _is_prefix(text, address, strict=False), {}
        ),
        f"{name}_prefix": Format(
            f"{noun} prefix, all bits after it zero", lambda text: _is_prefix(text, address, strict=True), {}
        ),
    }


def _matching(expected: str, pattern: str) -> Format:
    return Format(expected, searcher(pattern), {"pattern": pattern})


_IPV4, _IPV6, _NAMED = {"format": "ipv4"}, {"format": "ipv6"}, {"format": "hostname"}
FORMATS = {
    "email": Format("an email address", searcher(_EMAIL), {"format": "email"}),
    "hostname": Format("a hostname", _is_hostname, _NAMED),
    "ip": Format("an IP address", _is_ip, {"anyOf": [_IPV4, _IPV6]}),
    "ipv4": Format("an IPv4 address", _is_ipv4, _IPV4),
    "ipv6": Format("an IPv6 address", _is_ipv6, _IPV6),
    "uri": Format("a URI", _is_uri, {"format": "uri"}),
    "uri_ref": Format("a URI reference", _is_uri_ref, {"format": "uri-reference"}),
    "address": Format(
        "a hostname or an IP address",
        lambda text: _is_hostname(text) or _is_ip(text),
        {"anyOf": [_NAMED, _IPV4, _IPV6]},
    ),
    "uuid": Format("a UUID", searcher(_UUID), {"format": "uuid"}),
    "tuuid": _matching("a UUID without hyphens", _TUUID),
    "ulid": _matching("a ULID", _ULID),
    "protobuf_fqn": _matching("a full name of protobuf", _FQN),
    "protobuf_dot_fqn": _matching("a full name of protobuf after a dot", _DOT_FQN),
    "host_and_port": Format("a host and a port", _is_host_and_port, {}),
    **_prefixes("ip", "an IP address", _is_ip),
    **_prefixes("ipv4", "an IPv4 address", _is_ipv4),
    **_prefixes("ipv6", "an IPv6 address", _is_ipv6),
}
"""By the name of the rule in `StringRules.well_known`."""

HEADER_NAME, HEADER_VALUE = 1, 2  # buf.validate.KnownRegex
HEADERS = {
    (HEADER_NAME, True): Format("an HTTP header name", searcher(r"^:?[0-9a-zA-Z!#$%&'*+-.^_|~\x60]+$"), {}),
    (HEADER_NAME, False): Format("an HTTP header name", searcher(r"^[^\x00\n\r]+$"), {}),
    (HEADER_VALUE, True): Format("an HTTP header value", searcher(r"^[^\x00-\x08\n-\x1f\x7f]*$"), {}),
    (HEADER_VALUE, False): Format("an HTTP header value", searcher(r"^[^\x00\n\r]*$"), {}),
}
"""By `StringRules.well_known_regex` and `strict`."""
