"""Cold rooms, vans and half-days: from a file and over HTTP, whole or not at all."""

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from services import Database
from typer.testing import CliRunner

from api.cli import main
from store.connection import connect
from tests.api.conftest import make_app, sign_in
from tests.api.meal_day import KEY, furnish

FLEET: dict[str, Any] = {
    "cold_rooms": [{"code": "centre", "name": "Centre", "lat": 50.5, "lon": 2.1}],
    "vans": [{"code": "bleu", "name": "Fourgon bleu", "cold_room": "centre", "trays": 40}],
    "shifts": [
        {
            "van": "bleu",
            "name": "matin",
            "weekdays": [1, 2],
            "starts": "08:00",
            "ends": "12:30",
            "start": [50.6, 2.2],
        }
    ],
}


def test_a_file_is_taken_whole_or_not_at_all(
    territory: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice the same file is one fleet; a shift of an unknown van writes nothing and names it."""
    monkeypatch.setenv("GLANEUR_DATABASE", territory.dsn)
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(FLEET), encoding="utf-8")
    shift = {**FLEET["shifts"][0], "van": "rouge"}
    bad.write_text(
        json.dumps({**FLEET, "shifts": [shift]}).replace("Fourgon bleu", "Renommé"), encoding="utf-8"
    )
    for _ in range(2):
        found = CliRunner().invoke(main, ["meals", "vans", str(good)])
        assert (found.exit_code, found.output) == (0, "1 chambres froides, 1 fourgons, 1 demi-journées.\n")
    found = CliRunner().invoke(main, ["meals", "vans", str(bad)])
    assert found.exit_code == 1
    assert "rouge" in found.output
    with connect(territory.dsn) as connection:
        assert connection.execute("SELECT name FROM meals.van").fetchall() == [{"name": "Fourgon bleu"}]


def test_over_http(territory: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written is what is read; nonsense is refused in French; only the CIAS."""
    monkeypatch.setenv("GLANEUR_HEALTH_KEY", KEY)
    furnish(territory.dsn)
    with TestClient(make_app(territory.dsn), follow_redirects=False) as client:
        ines = sign_in(client, "portage")
        shift = {**FLEET["shifts"][0], "driver": "livreuse"}
        written = ines.put("/api/v1/meals/vans", json={**FLEET, "shifts": [shift]}).json()
        assert written == ines.get("/api/v1/meals/vans").json()
        assert [one["driver"] for one in written["shifts"] if one["van"] == "bleu"] == ["livreuse"]
        for wrong in ({**shift, "driver": "portage"}, {**shift, "ends": "07:00"}, {**shift, "weekdays": [8]}):
            answer = ines.put("/api/v1/meals/vans", json={"shifts": [wrong]})
            assert answer.status_code == 422
            assert answer.json()["error"].endswith(".")
        assert sign_in(client, "livreuse").get("/api/v1/meals/vans").status_code == 403
