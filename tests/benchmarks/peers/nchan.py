"""nchan: an nginx module. Events are published to it by HTTP POST; what it parses and encodes is nothing."""

from __future__ import annotations

import time
from pathlib import Path

from tests.benchmarks.machine import free_port
from tests.benchmarks.payloads import Payload, write_events
from tests.benchmarks.session import Bench, Missing, Session, on_path

_INSTALL = "nchan is missing: apt-get install nginx libnginx-mod-nchan"
_MODULES = ("/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/etc/nginx/modules", "/usr/local/nginx/modules")
_CONFIGURATION = """
daemon off;
worker_processes 1;
worker_rlimit_nofile {files};
load_module {module};
pid {directory}/pid;
error_log stderr crit;
events {{ worker_connections {files}; }}
http {{
    access_log off;
    tcp_nodelay on;
    client_max_body_size 1m;
    client_body_buffer_size 128k;
    keepalive_requests 1000000000;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    nchan_shared_memory_size 256m;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location = /publish {{
            nchan_publisher;
            nchan_channel_id events;
            nchan_message_buffer_length 100;
        }}
        location = /events {{
            nchan_subscriber eventsource;
            nchan_channel_id events;
            nchan_subscriber_first_message newest;
        }}
    }}
}}
"""


def start(bench: Bench, payload: Payload, files: int = 20000) -> Session:
    """Starts nginx with one worker, and a publisher with one kept-alive connection.

    Raises:
        Missing: nginx or its module is not installed.
    """
    nginx = on_path("nginx", _INSTALL)
    module = next((path for each in _MODULES if (path := Path(each) / "ngx_nchan_module.so").exists()), None)
    if module is None:
        raise Missing(_INSTALL)
    directory, port = bench.file("nginx"), free_port()
    directory.mkdir()
    settings = directory / "nginx.conf"
    settings.write_text(_CONFIGURATION.format(module=module, directory=directory, port=port, files=files))
    server = bench.server(nginx, "-p", directory, "-e", "stderr", "-c", settings)
    events = write_events(bench.file("events"), payload)
    source = bench.helper(*bench.python("tests.benchmarks.peers.publisher", str(port), events))
    source.until("(publishing)")
    time.sleep(0.1)
    return Session("nchan", server, source, port, ("/events",), bench)
