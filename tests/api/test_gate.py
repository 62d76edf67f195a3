"""The terminal's protocol on a real database: decided once, counted once, never open by mistake."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString
from uuid import uuid4

import pytest
from psycopg import sql
from services import Database

from api.gate.terminals import revoke_terminal
from store.connection import connect
from tests.api.gate_site import Gate, application, equip

pytestmark = pytest.mark.db

FAMILY, SECOND, FIRM = "04:A1:B2:C3", "04a1b2c4", "04D1"


@dataclass(frozen=True, slots=True)
class Sites:
    """Two gates and their database."""

    fruges: Gate
    hucqueliers: Gate
    dsn: str

    def rows(self, what: LiteralString) -> list[Any]:
        """What the table of passages holds, as its owner sees it."""
        with connect(self.dsn) as connection:
            return [
                tuple(row.values())
                for row in connection.execute(sql.SQL("SELECT {} FROM gate.passage").format(sql.SQL(what)))
            ]


@pytest.fixture
def sites(database: Database) -> Iterator[Sites]:
    """An equipped installation, on both editions."""
    fruges, hucqueliers = equip(database.dsn)
    with application(database.dsn) as client:
        yield Sites(Gate(client, fruges), Gate(client, hucqueliers), database.dsn)


def test_rights_are_shared_by_a_household_and_over_sites(sites: Sites) -> None:
    """Two badges, two gates, three rights: the fourth passage is refused with its rule."""
    answers = [sites.fruges.ask(FAMILY), sites.hucqueliers.ask(SECOND), sites.fruges.ask(SECOND)]
    assert [one["opens"] for one in answers] == [True, True, True]
    assert answers[1]["warnings"] == ["Il reste 1 passage."]
    refused = sites.hucqueliers.ask(FAMILY)
    assert (refused["opens"], refused["rule"], refused["left"][0]["used"]) == (False, "passages", 3)


def test_same_scan_again_gets_the_same_answer(sites: Sites) -> None:
    """A lost answer costs no right: the terminal asks again by the same id."""
    scan = sites.fruges.scan(FAMILY)
    first, second = (sites.fruges.post("scans", scan=scan) for _ in range(2))
    assert first.json() == second.json()  # type: ignore[attr-defined]
    assert sites.rows("count(*)") == [(1,)]


def test_another_terminals_scan_is_refused(sites: Sites) -> None:
    """And nothing of it is told."""
    scan = sites.fruges.scan(FAMILY)
    sites.fruges.post("scans", scan=scan)
    answer: Any = sites.hucqueliers.post("scans", scan=scan)
    assert (answer.status_code, answer.json()) == (
        409,
        {"error": "Cet identifiant de passage est celui d'une autre borne."},
    )


@pytest.mark.parametrize("badge", ["0BADBADBAD", "x", "'; DROP TABLE gate.passage --", "é" * 20])
def test_unknown_badge_never_opens_and_is_recorded(sites: Sites, badge: str) -> None:
    """Whatever is shown: refused by a rule, kept without its number."""
    assert sites.fruges.ask(badge)["rule"] == "unknown_badge"
    assert sites.rows("opened, rule, holder_id") == [(False, "unknown_badge", None)]


def test_load_is_priced(sites: Sites) -> None:
    """A firm's 100 litres of rubble are billed as a quarter of a cubic metre."""
    answer = sites.fruges.ask(FIRM, brought=[{"material": "rubble", "volume_l": 100}])
    assert [one["amount"] for one in answer["charges"]] == ["5.00"]


def test_wrong_clock_is_corrected(sites: Sites) -> None:
    """A terminal an hour ahead decides like the others; its error is kept for who maintains it."""
    late = replace(sites.fruges, clock_error_s=3600)
    assert late.ask(FAMILY)["rule"] == "open"
    ((at,),) = sites.rows("at")
    assert abs(at - datetime.now(UTC)) < timedelta(minutes=2)
    with connect(sites.dsn) as connection:
        row = connection.execute("SELECT max(clock_error_ms) AS error FROM gate.terminal").fetchone()
    assert row is not None
    assert row["error"] == pytest.approx(3_600_000, abs=60_000)


def test_scan_from_the_future_is_refused(sites: Sites) -> None:
    """Not explained by the terminal's clock: refused, and recorded."""
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert sites.fruges.ask(FAMILY, at=tomorrow)["rule"] == "from_the_future"


def test_old_scan_belongs_to_the_journal(sites: Sites) -> None:
    """A replayed scan of an hour ago opens nothing now."""
    hour_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    answer: Any = sites.fruges.post("scans", scan=sites.fruges.scan(FAMILY, at=hour_ago))
    assert answer.status_code == 422


def test_revoked_or_wrong_key_is_refused(sites: Sites) -> None:
    """At once, with no word on who asked."""
    with connect(sites.dsn, role="glaneur_api") as connection:
        assert revoke_terminal(connection, "borne-fruges")
    for gate in (sites.fruges, Gate(sites.fruges.client, "wrong"), Gate(sites.fruges.client, "")):
        answer: Any = gate.post("scans", scan=gate.scan(FAMILY))
        assert answer.status_code == 401
    assert sites.rows("count(*)") == [(0,)]


def test_journal_is_recorded_once_and_overruns_are_marked(sites: Sites) -> None:
    """What the gate opened in an outage stands, rights are counted again, a second sending adds nothing."""
    start = datetime.now(UTC) - timedelta(hours=3)
    entries = [
        sites.fruges.scan(FAMILY, at=(start + timedelta(minutes=number)).isoformat(), opened=True)
        for number in range(5)
    ]
    entries.append(sites.fruges.scan("0BADBADBAD", at=start.isoformat(), opened=False))
    for _ in range(2):
        answer: Any = sites.fruges.post("journal", entries=entries)
        assert answer.json() == {"recorded": [one["id"] for one in entries], "refused": {}}
    found = sites.rows("opened, rule, overruns, units")
    assert sorted(found) == sorted(
        [(True, "open", [], 1)] * 3
        + [(True, "passages", ["passages"], 1)] * 2
        + [(False, "unknown_badge", [], 0)]
    )
    assert sites.fruges.ask(FAMILY)["left"][0]["used"] == 5


def test_two_gates_at_once_never_give_the_last_right_twice(sites: Sites) -> None:
    """Eight badges' worth of scans of one household at the same moment: three open."""
    answers: list[dict[str, Any]] = []

    def show(gate: Gate, badge: str) -> None:
        answers.append(gate.ask(badge))

    threads = [
        threading.Thread(target=show, args=pair)
        for pair in [(sites.fruges, FAMILY), (sites.hucqueliers, SECOND)] * 4
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert sorted(one["opens"] for one in answers) == [False] * 5 + [True] * 3


def test_bad_requests_are_one_sentence(sites: Sites) -> None:
    """Never a fault of ours, never a record."""
    scan = sites.fruges.scan(FAMILY)
    for spoilt in (
        scan | {"id": "x"},
        scan | {"at": "hier"},
        scan | {"brought": [{"material": "green", "volume_l": -5}]},
        scan | {"brought": [{"material": "green"}, {"material": "green"}]},
        scan | {"trailer": "double"},
        scan | {"override": " "},
        scan | {"more": 1},
        {"id": str(uuid4())},
    ):
        answer: Any = sites.fruges.post("scans", scan=spoilt)
        assert answer.status_code == 422, spoilt
        assert set(answer.json()) == {"error"}
    assert sites.rows("count(*)") == [(0,)]
