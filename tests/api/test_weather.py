"""Rain from a file to the forecasts: what is taken, what is refused, and whose rain counts where."""

from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from services import Database
from typer.testing import CliRunner

from api.cli import main
from api.dispatch.weather import BadWeather, RainyDay, rain_by_commune, read_weather
from store.connection import connect
from tests.api.little_territory import now
from tests.api.test_forecasting import live, pass_over

NORMAL = [RainyDay("", date(2026, 11, 23), 4.5), RainyDay("62364", date(2026, 11, 24), 0.0)]


@pytest.mark.parametrize(
    "text",
    [
        "day,rain_mm,insee\n2026-11-23,4.5,\n2026-11-24,0,62364\n",
        "\ufeffday;rain_mm;insee\r\n2026-11-23;4,5;\r\n2026-11-24;0;62364\r\n2026-11-24;0;62364\r\n",
        '[{"day": "2026-11-23", "rain_mm": 4.5}, {"day": "2026-11-24", "rain_mm": 0, "insee": "62364"}]',
    ],
    ids=["csv", "french csv", "json"],
)
def test_files_are_read(text: str) -> None:
    """Both forms, and what a French spreadsheet makes of the first; a repeat is no harm."""
    assert read_weather(text) == NORMAL


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no day"),
        ("day,rain_mm\n", "no day"),
        ("[", "neither"),
        ("[3]", "line 1: not an object"),
        ("day,rain\n2026-11-23,4\n", "line 2: the fields"),
        ("day,rain_mm\n2026-11-23,4,62364,more\n", "line 2: the fields"),
        ("day,rain_mm\n23/11/2026,4\n", "line 2: day must"),
        ("day,rain_mm\n2026-11-23,nan\n", "line 2: rain_mm must"),
        ("day,rain_mm\n2026-11-23,-1\n", "line 2: rain_mm must"),
        ("day,rain_mm\n2026-11-23,1\n2026-11-23,2\n", "line 3: 2026-11-23 is given twice"),
    ],
)
def test_files_are_refused(text: str, why: str) -> None:
    """With the line, in one sentence."""
    with pytest.raises(BadWeather, match=why):
        read_weather(text)


@settings(max_examples=100)
@given(st.text(alphabet='day,rain_m;\n[]{}":0123456789-.\x00\r', max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing else ever happens."""
    with suppress(BadWeather):
        assert read_weather(text)


@pytest.mark.db
def test_the_command_imports_and_forecasts_follow(
    territory: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice the same file is once; a strange commune changes nothing; a pass is given each commune's rain."""
    monkeypatch.setenv("GLANEUR_DATABASE", territory.dsn)
    at = now()
    with connect(territory.dsn) as connection:
        live(connection, "V2", at, 20, 3.0, 5.0)
        insee = connection.execute("SELECT insee FROM commune ORDER BY insee").fetchall()[0]["insee"]
    dry = pass_over(territory.dsn, at)["V2"]["mean"]
    wet = [f"{at.date() + timedelta(days=n)},{20 if n > 2 else 0}," for n in range(-3, 14)]
    file = tmp_path / "rain.csv"
    file.write_text("\n".join(["day,rain_mm,insee", *wet, f"{at.date()},7,{insee}"]), encoding="utf-8")
    for _ in range(2):
        done = CliRunner().invoke(main, ["weather", str(file)])
        assert (done.exit_code, done.stdout) == (0, "18 days imported.\n")
    with connect(territory.dsn) as connection:
        found = rain_by_commune(connection, at)
        assert found.at(insee) == {at.date(): 7.0}
        assert len(found.at("nobody's")) == 17
        connection.execute("""UPDATE stream_habit SET pool = jsonb_set(pool, '{mean,12}', '-1')""")
        connection.execute("DELETE FROM rain_day WHERE insee <> ''")
    told = pass_over(territory.dsn, at)["V2"]["mean"]
    assert told[-1] < dry[-1] - 3
    file.write_text("day,rain_mm,insee\n2026-11-23,1,99999\n", encoding="utf-8")
    refused = CliRunner().invoke(main, ["weather", str(file)])
    assert refused.exit_code == 1
    assert "commune '99999' is not one of the territory's" in refused.stderr
