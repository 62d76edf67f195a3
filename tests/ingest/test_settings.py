"""Settings from the environment: read once, and refused in one sentence rather than discovered at night."""

from pathlib import Path

import pytest

from ingest.envelopes.routes import Route
from ingest.settings import BadSettings, Broker, Settings, read_broker, read_networks, read_settings

ENOUGH = {"GLANEUR_DATABASE": "postgresql:///x", "GLANEUR_BROKER": "mqtt://u:p%40ss@b:1884"}


def test_the_least_that_must_be_said() -> None:
    """Two addresses are enough; a password may hold any character, escaped."""
    settings = read_settings(ENOUGH)
    assert settings.broker == Broker(host="b", port=1884, username="u", password="p@ss")
    assert settings.filters[:3] == ("glaneur/1/+/up", "glaneur/1/+/status", "glaneur/1/+/ack")
    assert "application/+/device/+/event/+" in settings.filters
    assert settings.limits.late_s == 30 * 86_400


def test_everything_may_be_said() -> None:
    """Each variable of the README reaches its setting."""
    settings = read_settings(
        ENOUGH
        | {"GLANEUR_CLIENT_ID": "ingest-2", "GLANEUR_BATCH": "50", "GLANEUR_SHARE": "ingest"}
        | {"GLANEUR_LATE_DAYS": "3", "GLANEUR_MAX_BYTES": "9000", "GLANEUR_FUTURE_S": "60"}
        | {"GLANEUR_SESSION_EXPIRY_S": "172800", "GLANEUR_TOPICS": "native, probes/+/x=loriot"}
        | {"GLANEUR_INGEST_WRITERS": "3"}
    )
    assert (settings.writers, settings.window) == (3, 600)
    assert (settings.client_id, settings.batch, settings.session_expiry_s) == ("ingest-2", 50, 172_800)
    native = ("+/up", "+/status", "+/ack", "gate/+/journal", "gate/+/clock")
    shared = [f"$share/ingest/glaneur/1/{one}" for one in native]
    assert settings.filters == (*shared, "$share/ingest/probes/+/x")
    assert settings.routes == (Route("probes/+/x", "loriot"),)
    limits = settings.limits
    assert (limits.late_s, limits.max_bytes, limits.future_s) == (3 * 86_400, 9000, 60)


@pytest.mark.parametrize("listed", ["probes/+", "probes/+=nobody", "probes/#/x=loriot", "=loriot"])
def test_topics_that_cannot_be_are_refused(listed: str) -> None:
    """An unknown envelope or a wrong filter is a sentence at the start, not silence afterwards."""
    with pytest.raises(BadSettings, match="GLANEUR_TOPICS"):
        read_settings(ENOUGH | {"GLANEUR_TOPICS": listed})


def test_codecs_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    """So are a folder that is not there, and a file of hints that is none."""
    with pytest.raises(BadSettings, match="GLANEUR_CODECS"):
        read_networks(ENOUGH | {"GLANEUR_CODECS": str(tmp_path / "nowhere")})
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme/bin.js").write_text("function decodeUplink() {}")
    assert "acme/bin" in read_networks(ENOUGH | {"GLANEUR_CODECS": str(tmp_path)}).library.names()
    (tmp_path / "acme/bin.json").write_text("[]")
    with pytest.raises(BadSettings, match="GLANEUR_CODECS"):
        read_networks(ENOUGH | {"GLANEUR_CODECS": str(tmp_path)})


@pytest.mark.parametrize(("cores", "writers"), [(1, 1), (2, 2), (16, 4)])
def test_writers_follow_the_cores(monkeypatch: pytest.MonkeyPatch, cores: int, writers: int) -> None:
    """One core has nothing to divide; on many, the database would not follow more than four."""
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(cores)))
    assert read_settings(ENOUGH).writers == writers
    assert read_settings(ENOUGH).window == (2_000 if writers == 1 else 4_000 * writers)


def test_secrets_stay_out_of_what_is_printed() -> None:
    """Settings may end in a log: neither the password nor the database's string does."""
    settings = read_settings(ENOUGH | {"GLANEUR_DATABASE": "postgresql://u:secret@h/d"})
    assert "p@ss" not in repr(settings)
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    "wrong",
    [
        {"GLANEUR_DATABASE": ""},
        {"GLANEUR_BROKER": ""},
        {"GLANEUR_BROKER": "b:1883"},
        {"GLANEUR_BROKER": "http://b"},
        {"GLANEUR_BROKER": "mqtt://b:99999"},
        {"GLANEUR_CLIENT_ID": ""},
        {"GLANEUR_BATCH": "many"},
        {"GLANEUR_BATCH": "0"},
        {"GLANEUR_BATCH": "65536"},
        {"GLANEUR_LATE_DAYS": "-1"},
        {"GLANEUR_SHARE": "a/b"},
        {"GLANEUR_INGEST_WRITERS": "0"},
        {"GLANEUR_INGEST_WRITERS": "33"},
    ],
)
def test_nonsense_is_refused_at_the_start(wrong: dict[str, str]) -> None:
    """One sentence, before anything is opened."""
    with pytest.raises(BadSettings, match=r"^[^\n]+$"):
        read_settings(ENOUGH | wrong)


@pytest.mark.parametrize(
    ("url", "port", "tls"), [("mqtt://b", 1883, False), ("mqtts://b", 8883, True), ("mqtts://b:1", 1, True)]
)
def test_ports_follow_the_scheme(url: str, port: int, tls: bool) -> None:
    """The usual port is assumed."""
    broker = read_broker(url)
    assert (broker.port, broker.tls, broker.username) == (port, tls, None)


def test_durations_may_not_be_negative() -> None:
    """Settings made by hand are checked as those of the environment."""
    with pytest.raises(BadSettings):
        Settings(database="x", broker=Broker(host="b"), linger_s=-1)
