"""The port on which a process tells how it is."""

import urllib.error
import urllib.request

import pytest
from prometheus_client import Histogram
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_open
from prometheus_client.parser import text_string_to_metric_families as read_text

from store.metrics import Address, BadAddress, answer, read_address, serve

SEEN = Histogram("glaneur_try_seconds", "A try.", buckets=(0.1, 1))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("9101", Address(host="127.0.0.1", port=9101)),
        ("0.0.0.0:9101", Address(host="0.0.0.0", port=9101)),  # noqa: S104 - read, not opened
        ("[::1]:0", Address(host="::1", port=0)),
    ],
)
def test_an_address_is_read(text: str, expected: Address | None) -> None:
    """A port alone listens on the machine itself."""
    assert read_address(text) == expected


@pytest.mark.parametrize("text", ["yes", "127.0.0.1:", "1:2:x", "70000", "²"])
def test_another_is_refused(text: str) -> None:
    """In one sentence, at the start."""
    with pytest.raises(BadAddress, match="GLANEUR_METRICS"):
        read_address(text)


def test_both_formats_are_read_by_prometheus_own_parsers() -> None:
    """Text for whoever asks nothing, OpenMetrics with exemplars for who can read them."""
    SEEN.observe(0.5, {"messages": "12"})
    status, kind, body = answer("/metrics", "", list)
    assert (status, kind.split(";")[0]) == (200, "text/plain")
    assert "glaneur_try_seconds" in {family.name for family in read_text(body.decode())}
    status, kind, body = answer("/metrics", "application/openmetrics-text; version=1.0.0", list)
    families = {family.name: family for family in read_open(body.decode())}  # type: ignore[no-untyped-call]
    told = [
        sample.exemplar for sample in families["glaneur_try_seconds"].samples if sample.exemplar is not None
    ]
    assert [one.labels for one in told] == [{"messages": "12"}]


def test_health_and_readiness_over_http() -> None:
    """Alive is not ready: the reasons come with 503; anything else is not there."""
    problems = ["the database does not answer"]
    server = serve(Address(host="127.0.0.1", port=0), lambda: problems)
    try:

        def get(path: str) -> tuple[int, str]:
            try:
                with urllib.request.urlopen(
                    f"http://127.0.0.1:{server.server_port}{path}", timeout=10
                ) as got:
                    return got.status, got.read().decode()
            except urllib.error.HTTPError as refused:
                with refused:
                    return refused.code, refused.read().decode()

        assert get("/healthz") == (200, "ok\n")
        assert get("/readyz") == (503, "the database does not answer\n")
        problems.clear()
        assert get("/readyz") == (200, "ready\n")
        assert get("/metrics")[0] == 200
        assert get("/elsewhere")[0] == 404
    finally:
        server.shutdown()
        server.server_close()
