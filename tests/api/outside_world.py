"""A mail server and a web server of the tests' own.

That say what they are told to and remember what they heard.
"""

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(slots=True)
class MailServer:
    """An SMTP server (RFC 5321's minimum).

    `refuse` answers RCPT with that code, `drop` hangs up after DATA. `secured` counts mails taken over TLS.
    """

    port: int = 0
    secured: int = 0
    mails: list[tuple[str, Message]] = field(default_factory=list)
    refuse: int = 0
    drop: bool = False


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None, *, implicit: bool = False) -> Iterator[MailServer]:
    """A running mail server on loopback; with `tls` it offers STARTTLS, or speaks it at once."""
    made = MailServer()

    class Session(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

        def secure(self) -> None:
            assert tls is not None
            self.request = tls.wrap_socket(self.request, server_side=True)
            self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", 0)

        def handle(self) -> None:
            with suppress(OSError):  # a client that does not believe our certificate hangs up
                if implicit:
                    self.secure()
                self.talk()
            if isinstance(self.request, ssl.SSLSocket):  # the server closes the plain socket it knows
                for each in (self.rfile, self.wfile, self.request):
                    each.close()

        def talk(self) -> None:
            to = ""
            self.say("220 test")
            while line := self.rfile.readline():
                words = line.decode().strip()
                verb = words[:4].upper()
                if verb == "QUIT":
                    self.say("221 bye")
                    return
                if verb == "RCPT" and made.refuse:
                    self.say(f"{made.refuse} no")
                elif verb == "RCPT":
                    to = words.partition("<")[2].partition(">")[0]
                    self.say("250 ok")
                elif verb == "EHLO" and tls and not implicit:
                    self.say("250-test\r\n250 STARTTLS")
                elif verb == "STAR":
                    self.say("220 go on")
                    self.secure()
                elif verb == "DATA":
                    self.say("354 go on")
                    self.take(to)
                    if made.drop:
                        return
                    self.say("250 taken")
                else:
                    self.say("250 ok")

        def take(self, to: str) -> None:
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            made.secured += isinstance(self.request, ssl.SSLSocket)
            made.mails.append((to, message_from_bytes(b"".join(lines), policy=default)))

    with _serving(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)) as port:
        made.port = port
        yield made


@dataclass(frozen=True, slots=True)
class Heard:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class WebServer:
    """A web server that answers POST with the next of `answers`, then 200.

    A redirection leads to /elsewhere.
    """

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)


@contextmanager
def web_server() -> Iterator[WebServer]:
    """A running web server on loopback."""
    made = WebServer()

    class Session(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            made.heard.append(Heard(self.path, headers, self.rfile.read(length)))
            status = made.answers.pop(0) if made.answers else 200
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", f"{made.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with _serving(ThreadingHTTPServer(("127.0.0.1", 0), Session)) as port:
        made.url = f"http://127.0.0.1:{port}"
        yield made


@contextmanager
def _serving(server: socketserver.ThreadingTCPServer | ThreadingHTTPServer) -> Iterator[int]:
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()
