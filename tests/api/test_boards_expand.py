"""A panel's SQL becomes what Grafana's PostgreSQL data source would send, and nothing else is let through."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.boards.expand import Asked, Choice, NotExpanded, expand, seconds, sqlstring

SINCE = datetime(2026, 11, 1, tzinfo=UTC)
UNTIL = datetime(2026, 12, 1, tzinfo=UTC)
CHOICES = {
    "territoire": Choice(values=("@nord",)),
    "commune": Choice(every="${territoire:sqlstring}"),
    "flux": Choice(every="'*'"),
    "site": Choice(values=("Fruges", "L'Écuire")),
    "none": Choice(),
}


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("$__timeFilter(at)", "at BETWEEN '2026-11-01T00:00:00+00:00' AND '2026-12-01T00:00:00+00:00'"),
        ("$__timeFrom()::timestamptz", "'2026-11-01T00:00:00+00:00'::timestamptz"),
        ("$__timeTo()", "'2026-12-01T00:00:00+00:00'"),
        ("$__timeGroup(at, '1h')", "floor(extract(epoch from at)/3600)*3600"),
        ("$__timeGroupAlias(at, $__interval)", 'floor(extract(epoch from at)/86400)*86400 AS "time"'),
        ("IN (${site:sqlstring})", "IN ('Fruges','L''Écuire')"),
        ("ARRAY[${flux:sqlstring}]", "ARRAY['*']"),
        ("ARRAY[${commune:sqlstring}]", "ARRAY['@nord']"),
        ("ARRAY[${none:sqlstring}]::text[]", "ARRAY[]::text[]"),
    ],
)
def test_macros_and_variables(sql: str, expected: str) -> None:
    """One line each, as Grafana's documentation of the data source writes them."""
    assert expand(sql, Asked(since=SINCE, until=UNTIL, choices=CHOICES, least_s=86_400)) == expected


def test_buckets_where_there_is_timescale() -> None:
    """With the data source's TimescaleDB option, groups are time_bucket's."""
    asked = Asked(since=SINCE, until=UNTIL, buckets=True)
    assert expand("$__timeGroup(at, '5m')", asked) == "time_bucket('300.000s',at)"


@pytest.mark.parametrize(
    "sql", ["$__unixEpochFilter(x)", "$__timeGroup(at)", "${stranger:sqlstring}", "$__rate"]
)
def test_what_is_not_known_is_refused(sql: str) -> None:
    """Better no figure than one of a macro we only guess."""
    with pytest.raises(NotExpanded):
        expand(sql, Asked(since=SINCE, until=UNTIL))


@given(st.text())
def test_a_value_never_leaves_its_quotes(value: str) -> None:
    """Every quote inside is doubled: read back as PostgreSQL reads a string, it is the value."""
    written = sqlstring((value,))
    assert written.startswith("'")
    assert written.endswith("'")
    assert "'" not in written[1:-1].replace("''", "")
    assert written[1:-1].replace("''", "'").replace('\\"', '"') == value.replace('\\"', '"')


def test_intervals_grow_with_the_period() -> None:
    """About as many steps as points, whole units, and never finer than the panel asks."""
    steps = [
        Asked(since=UNTIL - timedelta(days=days), until=UNTIL, points=180).interval_s
        for days in (1, 7, 30, 365, 1826)
    ]
    assert steps == sorted(steps)
    assert all(days * 86_400 / step <= 400 for days, step in zip((1, 7, 30, 365, 1826), steps, strict=True))
    assert Asked(since=UNTIL, until=UNTIL, least_s=300).interval_s == 300
    assert [seconds(one) for one in ("5m", "1d", "", None)] == [300, 86_400, 1, 1]
