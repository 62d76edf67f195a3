"""Forecasts of fill 24 hours, 72 hours and 7 days ahead, beside what one would use instead.

On made-up years (`bench.years`, several seeds, the table their medians; the forecaster's constants were
chosen on the seeds 1 to 4 and 11 to 14 and nothing here touches them) or on a CSV of one's own. Everybody is
asked at the same instants. The peers are asked three times: given the raw readings of the probes, cleaned as
a practitioner would (`bench.forecast_raw`); the same behind a Hampel filter, as a careful one would; and
given the levels believed by our own `fill.fold`, which takes our filter out of the comparison. Ours is what
the platform does, from the readings to the forecast. Three truths: "without emptying" is the level the
column would have had nobody emptied it, 0 to 100 (made-up years only); "before emptying" counts only the
targets that come before the next emptying, as on real series, where nothing else can be seen: it favours
whoever forecasts too low, the same for all. Neither asks of a column that was emptied after the last level
we believe: that is what the driver's word is for; the third, "lifts unseen yet too", is the first with these
questions added. "(habits known)" is no forecaster but the floor: the made-up people's exact habits, from the
level we believe; what is left is chance.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from time import perf_counter

from bench.believed import DAY, Belief, History, believed, read_csv
from bench.forecast_pass import cost_of_a_pass
from bench.forecast_peers import forecasts
from bench.forecast_raw import cleaned
from bench.forecast_score import (
    FILTERED,
    FLOOR,
    HAMPEL,
    HORIZONS,
    OURS,
    RAW,
    Asked,
    Score,
    Scores,
    medians,
    rows,
    score,
    summary,
)
from bench.result import Result
from bench.years import START, Year, calibration, years
from fill.habit import Learned, begin
from fill.learn import Lesson, emptied, lost, observe
from fill.model import Calibration
from fill.outlook import Level, outlook
from fill.prior import Pool, Prior, prior_of
from fill.share import absorb, share

TITLE = "How far off is the forecast fill of a column in 24 h, 72 h and 7 days, and are its intervals honest?"
VERSIONS = ("statsmodels",)
PASS = timedelta(hours=26)  # so that questions come at all hours
ASKED_EVERY = 7  # passes
Truth = Callable[[datetime, datetime], tuple[float | None, float | None]]
"""From an instant to another: the unclipped level without emptying, and the level if nobody emptied."""


@dataclass(slots=True)
class Case:
    """One container on the bench."""

    stream: str
    commune: str
    volume_l: int
    history: History
    raw: History
    hampel: History
    truth: Truth
    emptied: Callable[[datetime, datetime], bool]
    usual: Callable[[datetime, datetime], float] | None = None
    learned: Learned | None = None
    fed: int = 0


def run(
    columns: int = 32,
    days: int = 365,
    warm: int = 90,
    seed: int = 2031,
    seeds: int = 3,
    peers: int = 1,
    pass_over: int = 10_000,
    file: str = "",
) -> Result:
    """Learn for `warm` days before the first question, on `seeds` seeds from `seed` on.

    `peers=0`: ours alone; `pass_over`: how many containers are timed.
    """
    began, folding = perf_counter(), 0.0
    found, learned, containers, refused = list[list[dict[str, object]]](), list[Learned](), 0, 0
    for each in range(seed, seed + (1 if file else seeds)):
        begun = perf_counter()
        cases, start, refused = _from_csv(Path(file)) if file else _made_up(columns, days, each)
        folding += perf_counter() - begun
        found.append(rows(_play(cases, start, warm, bool(peers))))
        learned += [case.learned for case in cases if case.learned]
        containers += len(cases)
    figures = {"containers": containers, "refused_lines": refused, **summary(found)}
    figures["folding_s"], figures["took_s"] = round(folding, 1), round(perf_counter() - began, 1)
    if pass_over:
        figures |= cost_of_a_pass(learned, pass_over)
    return Result(medians(found), figures)


def _made_up(columns: int, days: int, seed: int) -> tuple[list[Case], datetime, int]:
    cases = []
    for year in years(columns, days, seed):
        site = year.site
        history = believed(year.readings, calibration(site))
        cases.append(
            Case(
                site.stream,
                site.commune,
                site.volume_l,
                history,
                cleaned(year.readings, calibration(site)),
                cleaned(year.readings, calibration(site), outliers=True),
                _known(year),
                year.emptied_between,
                year.usual,
            )
        )
    return cases, START, 0


def _known(year: Year) -> Truth:
    ends = year.readings[-1].measured_at

    def truth(since: datetime, until: datetime) -> tuple[float | None, float | None]:
        if until > ends:
            return None, None
        free = year.percent(since) + year.gained(since, until)
        return free, None if year.emptied_between(since, until) else year.percent(until)

    return truth


def _from_csv(path: Path) -> tuple[list[Case], datetime, int]:
    usual = Calibration(volume_l=4000, empty_distance_mm=1800, full_distance_mm=300)
    found, refused = read_csv(path)
    cases = []
    for readings in found.values():
        history = believed(readings, usual)
        if history.beliefs:
            raw, hampel = cleaned(readings, usual), cleaned(readings, usual, outliers=True)
            cases.append(Case("csv", "", 4000, history, raw, hampel, _seen(history), _never))
    if not cases:
        raise ValueError(f"{path} has no series of which a level can be believed ({refused} lines refused)")
    return cases, min(case.history.instants[0] for case in cases), refused


def _never(since: datetime, until: datetime) -> bool:
    return False


def _seen(history: History) -> Truth:
    """What a real series shows: the level believed at most three hours from the target, if nobody emptied."""
    near = timedelta(hours=3)
    emptyings = [belief.at for belief in history.beliefs if belief.before is not None]

    def truth(since: datetime, until: datetime) -> tuple[float | None, float | None]:
        if any(since < at <= until + near for at in emptyings):
            return None, None
        last = history.last(until + near)
        if last is None or history.instants[last] < until - near:
            return None, None
        return None, history.beliefs[last].level

    return truth


def _play(cases: list[Case], start: datetime, warm: int, peers: bool) -> Scores:
    scores: Scores = {}
    pools = {case.stream: Pool() for case in cases}
    ends = max(case.history.instants[-1] for case in cases)
    now, number = start + PASS, 0
    while now < ends:
        for stream in pools:
            pools[stream] = _pass(pools[stream], [case for case in cases if case.stream == stream], now)
        if now - start >= warm * DAY and number % ASKED_EVERY == 0:
            for case in cases:
                _ask(case, prior_of(pools[case.stream], case.commune, case.volume_l), now, scores, peers)
        now, number = now + PASS, number + 1
    return scores


def _pass(pool: Pool, cases: list[Case], now: datetime) -> Pool:
    """What the worker does: learn from what came, then share."""
    lessons: list[Lesson] = []
    for case in cases:
        prior = prior_of(pool, case.commune, case.volume_l)
        learned = case.learned or begin(prior)
        while case.fed < len(case.history.beliefs) and case.history.known[case.fed] <= now:
            learned, lesson = _fed(learned, prior, case.history.beliefs[case.fed])
            lessons.append(lesson)
            case.fed += 1
        case.learned = learned
    pool = absorb(pool, lessons)
    pool, settled = share(pool, {n: (c.commune, c.learned) for n, c in enumerate(cases) if c.learned})
    for n, learned in settled.items():
        cases[n].learned = learned
    return pool


def _fed(learned: Learned, prior: Prior, belief: Belief) -> tuple[Learned, Lesson]:
    if belief.passing:
        return learned, Lesson()
    if belief.sd < 0:
        return lost(learned), Lesson()
    if belief.before is not None:
        return emptied(learned, prior, belief.at, belief.before, belief.level, belief.sd), Lesson()
    return observe(learned, prior, belief.at, belief.level, belief.sd)


def _ask(case: Case, prior: Prior, now: datetime, scores: Scores, peers: bool) -> None:
    """Put the question of this instant to everybody."""
    number, newest = case.history.last(now), case.raw.last(now)
    if number is None or newest is None or case.learned is None:
        return
    belief = case.history.beliefs[number]
    unseen = case.emptied(belief.at, now)
    measured = case.history.beliefs[bisect_right(case.history.known, now) - 1].sd >= 0
    targets = [now + days * DAY for days in HORIZONS.values()]
    level = Level(belief.level, belief.sd, belief.at, measured and belief.trusted)
    steps = outlook(case.learned, prior, level, targets).steps
    answers: dict[tuple[str, str], list[float]] = {}
    if peers:
        answers |= {(RAW, n): one for n, one in _peers(case.raw, case.raw.beliefs[newest], targets)}
        start = case.hampel.beliefs[newest]
        answers |= {(HAMPEL, n): one for n, one in _peers(case.hampel, start, targets)}
        answers |= {(FILTERED, n): one for n, one in _peers(case.history, belief, targets)}
    if case.usual:
        answers[FLOOR] = [belief.level + case.usual(belief.at, target) for target in targets]
    for n, (days, target) in enumerate(zip(HORIZONS.values(), targets, strict=True)):
        asked = Asked(*case.truth(now, target), unseen)
        score(scores.setdefault((*OURS, days), Score()), steps[n].q50, asked, steps[n])
        for name, expected in answers.items():
            score(scores.setdefault((*name, days), Score()), expected[n], asked, None)


def _peers(history: History, belief: Belief, targets: list[datetime]) -> Iterator[tuple[str, list[float]]]:
    """The levels each peer expects, from the last level given on."""
    known = int((belief.at - history.instants[0]) / DAY)
    if known < 1:
        return
    marks = [history.gained(belief.at - n * DAY) for n in range(min(known, 84), -1, -1)]
    gains = [b - a for a, b in pairwise(marks)]
    ahead = int((targets[-1] - belief.at) / DAY) + 1
    for name, daily in forecasts(gains, ahead).items():
        yield name, [belief.level + _until((target - belief.at) / DAY, daily) for target in targets]


def _until(days: float, daily: list[float]) -> float:
    whole = int(days)
    return sum(daily[:whole]) + (days - whole) * (daily[whole] if whole < len(daily) else 0.0)
