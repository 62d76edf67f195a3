"""What passes between the reader and its writers: whole, in order, however the pipe cuts it."""

from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.batch import Written
from ingest.relay import pack_answer, pack_message, pack_run, take_answers, take_runs, writer_of

MESSAGES = st.lists(st.tuples(st.binary(max_size=40), st.binary(max_size=80)), min_size=1, max_size=8)
RUNS = st.lists(st.tuples(st.datetimes(timezones=st.just(UTC)), MESSAGES), max_size=6)
unhurried = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
COUNTS = st.integers(0, 2**32 - 1)


@unhurried
@given(runs=RUNS, cuts=st.lists(st.integers(1, 60), min_size=1))
def test_runs_come_back_as_they_were_handed(
    runs: list[tuple[datetime, list[tuple[bytes, bytes]]]], cuts: list[int]
) -> None:
    """Any bytes, in pieces of any size: same messages, same instants, nothing left over."""
    sent = b"".join(pack_run(at, [pack_message(*one) for one in messages]) for at, messages in runs)
    buffer, found = bytearray(), []
    turn = 0
    while sent:
        size = cuts[turn % len(cuts)]
        turn += 1
        buffer += sent[:size]
        sent = sent[size:]
        found += take_runs(buffer, 1_000)
    assert [(run.at, run.messages) for run in found] == runs
    assert buffer == b""


def test_a_batch_ends_with_the_run_that_fills_it() -> None:
    """A run is never divided: what is answered is a whole number of them."""
    at = datetime(2026, 11, 23, tzinfo=UTC)
    run = pack_run(at, [pack_message(b"t", b"1"), pack_message(b"t", b"2")])
    buffer = bytearray(run * 3)
    assert sum(len(one.messages) for one in take_runs(buffer, 3)) == 4
    assert bytes(buffer) == run
    assert take_runs(buffer, 0) == []


@unhurried
@given(st.lists(st.tuples(st.integers(1, 1_000), st.lists(COUNTS, min_size=8, max_size=8)), max_size=5))
def test_answers_come_back(answers: list[tuple[int, list[int]]]) -> None:
    """With half an answer behind them, which waits for its rest."""
    whole = [(runs, Written(*counts)) for runs, counts in answers]
    buffer = bytearray(b"".join(pack_answer(*one) for one in whole) + pack_answer(1, Written())[:7])
    assert list(take_answers(buffer)) == whole
    assert len(buffer) == 7


def test_a_device_keeps_its_writer() -> None:
    """All its topics lead to one writer, and devices are divided among all of them."""
    for one, other in (
        ("glaneur/1/GLN-7/up", "glaneur/1/GLN-7/status"),
        ("application/3/device/24e124136c/event/up", "application/3/device/24e124136c/event/ack"),
        ("v3/app@ttn/devices/pav-12/up", "v3/app@ttn/devices/pav-12/down/ack"),
    ):
        for writers in (1, 2, 3, 8):
            assert writer_of(one.encode(), writers) == writer_of(other.encode(), writers)
    shares = [0, 0, 0]
    for number in range(300):
        shares[writer_of(f"glaneur/1/GLN-{number}/up".encode(), 3)] += 1
    assert min(shares) > 70
    assert writer_of(b"", 2) in (0, 1)
    assert writer_of(b"\xff\x00///", 2) in (0, 1)
