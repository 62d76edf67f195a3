"""The small port on which a process tells how it is: /metrics, /healthz and /readyz. Off without a setting.

Knows HTTP and prometheus-client; refuses to know what is measured: each process has its own module for that.
Nobody signs in here, so it listens on the machine itself unless told otherwise, and says figures only.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import REGISTRY
from prometheus_client.exposition import choose_encoder

Ready = Callable[[], Sequence[str]]
"""What keeps the process from working now, a short sentence each; nothing when it is ready."""

TEXT = "text/plain; charset=utf-8"


class BadAddress(ValueError):
    """GLANEUR_METRICS cannot be read; the message is one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to listen; port 0 takes a free one."""

    host: str
    port: int


def read_address(text: str) -> Address | None:
    """Return the address `9101`, `127.0.0.1:9101` or `[::1]:9101` names; None for an empty one."""
    if not text:
        return None
    host, _, port = text.rpartition(":")
    if not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise BadAddress("GLANEUR_METRICS must be a port, or an address and a port: 127.0.0.1:9101")
    return Address(host=host.strip("[]") or "127.0.0.1", port=int(port))


def answer(path: str, accept: str, ready: Ready) -> tuple[int, str, bytes]:
    """Return status, content type and body of a request."""
    if path == "/metrics":
        encode, content_type = choose_encoder(accept)
        return 200, content_type, encode(REGISTRY)
    if path == "/healthz":
        return 200, TEXT, b"ok\n"
    if path == "/readyz":
        problems = ready()
        return (503 if problems else 200), TEXT, ("\n".join(problems) or "ready").encode() + b"\n"
    return 404, TEXT, b"/metrics, /healthz, /readyz\n"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    ready: Ready


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 10

    def do_GET(self) -> None:
        """Answer."""
        status, content_type, body = answer(
            self.path.partition("?")[0], self.headers.get("Accept", ""), self.server.ready
        )
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: who scrapes is no news."""


def serve(address: Address, ready: Ready) -> ThreadingHTTPServer:
    """Listen in a thread of its own until the process ends; `server_port` tells a port that was free."""
    server = _Server((address.host, address.port), _Handler)
    server.ready = ready
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server
