"""What ingest counts, and when it says that it cannot work."""

import pytest
from prometheus_client import REGISTRY

from ingest import metrics
from ingest.batch import Written
from ingest.settings import BadSettings, read_settings


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0


def test_messages_are_counted_by_what_they_became() -> None:
    """Each outcome of a batch has its own count; labels are the fields of Written and nothing else."""
    before = {
        name: value("glaneur_ingest_messages_total", outcome=name) for name in ("readings", "quarantined")
    }
    batches = value("glaneur_ingest_batches_total")
    metrics.committed(Written(readings=7, quarantined=2))
    assert value("glaneur_ingest_messages_total", outcome="readings") == before["readings"] + 7
    assert value("glaneur_ingest_messages_total", outcome="quarantined") == before["quarantined"] + 2
    assert value("glaneur_ingest_batches_total") == batches + 1


def test_readiness_follows_the_link_and_what_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not ready without a link, nor while what was received is not taken; the oldest is settled first."""
    now = [100.0]
    monkeypatch.setattr("ingest.metrics.time.monotonic", lambda: now[0])
    assert metrics.problems() == ["no link to the broker"]
    with metrics.connected():
        assert value("glaneur_ingest_broker_connected") == 1
        metrics.received(10)
        now[0] += 10
        metrics.received(5)
        assert metrics.problems() == []
        now[0] += 10
        assert metrics.problems() == ["the database does not take what was received"]
        waited = value("glaneur_ingest_delay_seconds_sum")
        metrics.settled(12)
        assert value("glaneur_ingest_delay_seconds_sum") == waited + 20
        assert metrics.problems() == []
        now[0] += 10
        assert metrics.problems() == ["the database does not take what was received"]
        metrics.settled(3)
        assert metrics.problems() == []
    assert value("glaneur_ingest_broker_connected") == 0


def test_the_port_is_a_setting_that_is_checked() -> None:
    """Closed unless asked for; a wrong one stops the start in a sentence."""
    given = {"GLANEUR_DATABASE": "postgresql://x/y", "GLANEUR_BROKER": "mqtt://x"}
    assert read_settings(given).metrics is None
    opened = read_settings({**given, "GLANEUR_METRICS": "9101"}).metrics
    assert opened is not None
    assert (opened.host, opened.port) == ("127.0.0.1", 9101)
    with pytest.raises(BadSettings, match="GLANEUR_METRICS"):
        read_settings({**given, "GLANEUR_METRICS": "loud"})
