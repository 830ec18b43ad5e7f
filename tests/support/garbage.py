"""Requests that no sane client sends, as bytes."""

from __future__ import annotations

from random import Random

VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "get", "PROPFIND", "X" * 40)
PIECES = (
    *("kitchen.v1.Kitchen", "Follow", "Price", "v1", "dishes", "soup", "price", "schema", "page", "healthz"),
    *("..", ".", "", "%2e%2e", "%2F", "%00", "%", "%zz", "%ff%fe", "%C3%A9", "%c3", "a:b", ":", "*", "**", "{dish}"),
    *("~", "+", ";a=b", "\\", "é", "x" * 3000, "%41" * 500, "-", "contract"),
)
PATHS = ("/kitchen.v1.Kitchen/Follow", "/v1/dishes/soup/price", "/v1/dishes/%00/price", "/v1/dishes/%2F/price", "/")
NAMES = ("table", "dishes", "course", "stay", "count", "last_event_id", "_", "", "a.b.c", "%00", "dish", "x" * 500)
VALUES = (
    "1",
    "-1",
    "true",
    "",
    "%",
    "%00",
    "%ff",
    "COURSE_MAIN",
    "9" * 400,
    "&&",
    "=",
    "\x01",
    "é",
    "[]",
    "NaN",
    "4294967296",
)
TYPES = (
    "application/json",
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "",
    "é",
    "a/b;;=",
)
BODIES = (
    b"",
    b"{}",
    b"null",
    b"[]",
    b"[" * 50_000,
    b'{"a":' * 20_000,
    b'{"table": "4"}',
    b'{"table": 4, "dishes": {}, "course": 1.5}',
    b'{"table": "\\ud800"}',
    b'{"table": "a", "table": "b"}',
    b'{"dishes": [' + b'"soup",' * 5000 + b'"soup"]}',
    b"\xff\xfe\x00",
    b"\x00" * 1000,
    b'{"course": ' + b"9" * 5000 + b"}",
    b"NaN",
    b'{"stay": "true"}',
    b" " * 10_000 + b"{}",
)


def target(random: Random) -> str:
    """A path with a query; most are of nothing that exists."""
    if random.random() < 0.5:
        path = random.choice(PATHS)
    else:
        path = random.choice(("/", "//", "", "/", "http://else.where/")) + "/".join(
            random.choices(PIECES, k=random.randint(1, 6))
        )
    query = "&".join(f"{random.choice(NAMES)}={random.choice(VALUES)}" for _ in range(random.randint(0, 3)))
    return path + random.choice(("", "?", "#")) * (not query) + (f"?{query}" if query else "")


def request(random: Random, keep: bool = False) -> bytes:
    """One request: head and body.

    Args:
        random: what it is made of.
        keep: true where more follow on the connection; then it says truly how long its body is.
    """
    verb, body = random.choice(VERBS), random.choice((b"", random.choice(BODIES)))
    lines = [f"{verb} {target(random)} HTTP/1.{random.choice('111110')}", "Host: gateway"]
    if random.random() < 0.7:
        lines.append(f"Content-Type: {random.choice(TYPES)}")
    lines += random.sample(_HEADERS, random.randint(0, 2))
    if random.random() < 0.2 and not keep:
        lines.append("Transfer-Encoding: chunked")
        body = random.choice((b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body), b"zz\r\n" + body, b"5\r\nabc"))
    elif body or random.random() < 0.5:
        lines.append(f"Content-Length: {len(body)}")
    if not keep:
        lines.append("Connection: close")
    head = "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n"
    if random.random() < 0.05 and not keep:
        at = random.randrange(len(head))
        head = head[:at] + bytes([random.randrange(256)]) + head[at + 1 :]
    return head + body


_HEADERS = [
    "Accept: text/event-stream",
    "Accept: */*",
    "Last-Event-ID: 9f2c4e81d0-18446744073709551616",
    "Last-Event-ID: \xff-\xff",
    "Origin: null",
    "Origin: http://else.where",
    "Expect: 100-continue",
    "Upgrade: websocket",
    "Range: bytes=0-5",
    "If-None-Match: *",
    "Accept-Encoding: gzip, \x7f",
    "Cookie: " + "a=b; " * 500,
    "Content-Encoding: gzip",
]
