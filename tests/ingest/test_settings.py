"""Settings from the environment: read once, and refused in one sentence rather than discovered at night."""

import pytest

from ingest.settings import BadSettings, Broker, Settings, read_broker, read_settings

ENOUGH = {"GLANEUR_DATABASE": "postgresql:///x", "GLANEUR_BROKER": "mqtt://u:p%40ss@b:1884"}


def test_the_least_that_must_be_said() -> None:
    """Two addresses are enough; a password may hold any character, escaped."""
    settings = read_settings(ENOUGH)
    assert settings.broker == Broker(host="b", port=1884, username="u", password="p@ss")
    assert settings.filters == ("glaneur/1/+/up", "glaneur/1/+/status")
    assert settings.limits.late_s == 30 * 86_400


def test_everything_may_be_said() -> None:
    """Each variable of the README reaches its setting."""
    settings = read_settings(
        ENOUGH
        | {"GLANEUR_CLIENT_ID": "ingest-2", "GLANEUR_BATCH": "50", "GLANEUR_SHARE": "ingest"}
        | {"GLANEUR_LATE_DAYS": "3", "GLANEUR_MAX_BYTES": "9000", "GLANEUR_FUTURE_S": "60"}
        | {"GLANEUR_SESSION_EXPIRY_S": "172800"}
    )
    assert (settings.client_id, settings.batch, settings.session_expiry_s) == ("ingest-2", 50, 172_800)
    assert settings.filters == ("$share/ingest/glaneur/1/+/up", "$share/ingest/glaneur/1/+/status")
    limits = settings.limits
    assert (limits.late_s, limits.max_bytes, limits.future_s) == (3 * 86_400, 9000, 60)


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
