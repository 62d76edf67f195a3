"""`glaneur dashboards push` against Grafana's HTTP API as its documentation describes it, recorded here."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.boards.reading import boards
from api.cli import main

TOKEN = "glsa_essai"


@dataclass
class Grafana:
    """What the stand-in knows and was asked. Answers: developers/http_api, « Folder » and « Dashboard »."""

    url: str = ""
    folders: set[str] = field(default_factory=set)
    boards: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, method: str, path: str, token: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.asked.append(f"{method} {path}")
        if token != f"Bearer {TOKEN}":
            return 401, {"message": "Invalid API key"}
        if method == "GET" and path.startswith("/api/folders/"):
            uid = path.rpartition("/")[2]
            if uid in self.folders:
                return 200, {"id": 1, "uid": uid, "title": "Glaneur"}
            return 404, {"message": "folder not found", "status": "not-found"}
        if (method, path) == ("POST", "/api/folders"):
            self.folders.add(body["uid"])
            return 200, {"id": 1, "uid": body["uid"], "title": body["title"]}
        if (method, path) == ("POST", "/api/dashboards/db"):
            if body["folderUid"] not in self.folders:
                return 400, {"message": "folder not found"}
            board = body["dashboard"]
            known = self.boards.get(board["uid"])
            if known is not None and not body["overwrite"]:
                return 412, {
                    "message": "The dashboard has been changed by someone else",
                    "status": "version-mismatch",
                }
            self.boards[board["uid"]] = board
            return 200, {
                "id": 1, "uid": board["uid"], "url": f"/d/{board['uid']}/x", "status": "success",
                "version": 1 if known is None else 2, "slug": "x",
            }  # fmt: skip
        return 404, {"message": "Not found"}


@pytest.fixture
def grafana() -> Iterator[Grafana]:
    """A stand-in on a free port."""
    state = Grafana()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            status, said = state.answer(self.command, self.path, self.headers.get("Authorization", ""), body)
            text = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = _serve

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


def push(monkeypatch: pytest.MonkeyPatch, url: str, token: str = TOKEN) -> Any:
    monkeypatch.setenv("GLANEUR_DATABASE", "postgresql://nowhere/none")
    monkeypatch.setenv("GLANEUR_GRAFANA", url)
    monkeypatch.setenv("GLANEUR_GRAFANA_TOKEN", token)
    monkeypatch.setenv("GLANEUR_PUBLIC_URL", "https://glaneur.example.fr/")
    return CliRunner().invoke(main, ["dashboards", "push"])


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_boards_are_created_then_replaced(grafana: Grafana, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is made once, every board is there, its links lead to our pages; nothing is doubled."""
    first = push(monkeypatch, grafana.url)
    assert first.exit_code == 0, first.output
    assert set(grafana.boards) == set(boards())
    assert len(first.output.splitlines()) == len(boards())
    for board in grafana.boards.values():
        pages = next(one for one in board["templating"]["list"] if one["name"] == "glaneur")
        assert pages["query"] == "https://glaneur.example.fr"
    assert push(monkeypatch, grafana.url).exit_code == 0
    assert grafana.asked.count("POST /api/folders") == 1
    assert len(grafana.boards) == len(boards())


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_refusal_is_one_sentence(grafana: Grafana, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong token, nobody at the address, no settings: exit status and a sentence, never the token."""
    refused = push(monkeypatch, grafana.url, "faux-jeton")
    assert refused.exit_code == 1
    assert "401" in refused.output
    assert "faux-jeton" not in refused.output
    lost = push(monkeypatch, "http://127.0.0.1:1")
    assert lost.exit_code == 1
    assert "does not answer" in lost.output
    monkeypatch.delenv("GLANEUR_GRAFANA")
    assert CliRunner().invoke(main, ["dashboards", "push"]).exit_code == 2


def test_boards_are_exported_as_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files are the generated boards, but for the address of the pages."""
    monkeypatch.setenv("GLANEUR_PUBLIC_URL", "https://glaneur.example.fr")
    assert CliRunner().invoke(main, ["dashboards", "export", str(tmp_path / "boards")]).exit_code == 0
    found = {path.stem: json.loads(path.read_text()) for path in (tmp_path / "boards").glob("*.json")}
    assert set(found) == set(boards())
    text = json.dumps(found["glaneur-sondes"])
    assert "https://glaneur.example.fr" in text
    assert (
        json.loads(text.replace("https://glaneur.example.fr", "http://127.0.0.1:8000"))
        == boards()["glaneur-sondes"]
    )
