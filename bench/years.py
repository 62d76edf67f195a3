"""Made-up years of drop-off columns: each deposit, a crew that empties, probes of which 16 % misbehave.

Nothing here knows how we forecast: people arrive one by one (a Poisson process whose pace moves with the
hour, the weekday, the season, holidays, weather and village feasts), each with a bag of a heavy-tailed size;
now and then somebody empties a cellar. Figures are assumptions in the range of what is published (33 litres a
bag and its spread: Groningen, arXiv 2409.13386; 16 % of probes broken or badly set: Grenoble, Sénat r16-509).
A day scatters by half of its mean around the habits (median over columns: glass 0.50, paper 0.56, packaging
0.55): nine to twelve bags a day, few as in the country and smaller than Groningen's, whose size would scatter
more. No published series of a rural column was found to check this against, so the floor that it sets to
everybody's error is an assumption too.
Litres, percent, UTC.
"""

from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from math import cos, exp, pi
from random import Random
from zoneinfo import ZoneInfo

from fill.calendar import public_holidays, school_holiday
from fill.model import Calibration, Reading

PARIS = ZoneInfo("Europe/Paris")
HOUR = timedelta(hours=1)
MISBEHAVING = 0.16
START = datetime(2025, 9, 1, tzinfo=UTC)

# Litres a day (median), litres a bag, weekday pattern Monday to Sunday, where summer stands against winter.
STREAMS = {
    "verre": (110.0, 9.0, (0.95, 0.8, 0.95, 0.85, 0.9, 1.35, 1.2), 0.15),
    "papier": (150.0, 16.0, (0.95, 0.95, 1.1, 0.9, 0.95, 1.3, 0.85), -0.15),
    "emballages": (260.0, 30.0, (0.95, 0.9, 1.05, 0.9, 0.95, 1.25, 1.0), 0.05),
}
VOLUMES = {"verre": (3000, 4000), "papier": (4000,), "emballages": (4000, 5000)}
WEEK_HOURS = (0, 0, 0, 0, 0, 0, 1, 4, 7, 6, 7, 8, 6, 4, 5, 5, 8, 11, 10, 6, 3, 1, 0, 0)
REST_HOURS = (0, 0, 0, 0, 0, 0, 0, 1, 3, 8, 12, 12, 7, 4, 7, 9, 9, 8, 5, 3, 2, 1, 0, 0)


@dataclass(frozen=True, slots=True)
class Site:
    """One column and the people around it. `away`: how many times more come in holidays (holiday homes)."""

    code: str
    stream: str
    commune: str
    volume_l: int
    litres_per_day: float
    bag_l: float
    weekdays: tuple[float, ...]
    away: float
    shift_at: int
    shift_by: float
    drift: float


@dataclass(frozen=True, slots=True)
class Year:
    """What really happened to one column, by the hour: litres brought since the start, litres present.

    `usual_l` are the litres brought had every hour been as usual: pace and calendar, without weather and
    chance.
    """

    site: Site
    usual_l: tuple[float, ...]
    brought_l: tuple[float, ...]
    present_l: tuple[float, ...]
    emptied_at: tuple[datetime, ...]
    readings: tuple[Reading, ...]
    ailment: str

    def percent(self, at: datetime) -> float:
        """How full it really was."""
        return 100.0 * _at(self.present_l, at) / self.site.volume_l

    def gained(self, since: datetime, until: datetime) -> float:
        """The points brought between two instants, whether they fitted or not."""
        return 100.0 * (_at(self.brought_l, until) - _at(self.brought_l, since)) / self.site.volume_l

    def usual(self, since: datetime, until: datetime) -> float:
        """The points to be expected by whoever knows the habits exactly, but no weather nor feast."""
        return 100.0 * (_at(self.usual_l, until) - _at(self.usual_l, since)) / self.site.volume_l

    def emptied_between(self, since: datetime, until: datetime) -> bool:
        """Whether a truck came after `since` and not after `until`."""
        return bisect_right(self.emptied_at, until) > bisect_right(self.emptied_at, since)


def calibration(site: Site) -> Calibration:
    """15 mm a point, and a dead zone at the top, as a common 250 mm ultrasonic probe has."""
    return Calibration(volume_l=site.volume_l, empty_distance_mm=1800, full_distance_mm=300, dead_zone_mm=250)


def years(columns: int, days: int, seed: int) -> list[Year]:
    """The same figures give the same years."""
    communes = [f"commune-{n}" for n in range(max(2, columns // 6))]
    weather = _weather(days, Random(f"{seed}/weather"))
    feasts = {commune: _feasts(days, Random(f"{seed}/{commune}/feasts")) for commune in communes}
    return [_year(_site(n, communes, days, seed), weather, feasts, days, seed) for n in range(columns)]


def _site(number: int, communes: list[str], days: int, seed: int) -> Site:
    rng = Random(f"{seed}/{number}/site")
    stream = tuple(STREAMS)[number % len(STREAMS)]
    litres, bag_l, pattern, _ = STREAMS[stream]
    commune = communes[rng.randrange(len(communes))]
    away = Random(f"{seed}/{commune}").choice((0.85, 0.95, 1.0, 1.05, 1.1, 2.0))
    own = [max(0.2, each * rng.lognormvariate(0, 0.12)) for each in pattern]
    mean = sum(own) / 7
    return Site(
        code=f"{stream}-{number}",
        stream=stream,
        commune=commune,
        volume_l=rng.choice(VOLUMES[stream]),
        litres_per_day=litres * rng.lognormvariate(0, 0.5),
        bag_l=bag_l * rng.lognormvariate(0, 0.2),
        weekdays=tuple(each / mean for each in own),
        away=away * rng.lognormvariate(0, 0.08),
        shift_at=rng.randrange(days) if rng.random() < 0.3 else days + 1,
        shift_by=rng.choice((0.6, 0.75, 1.3, 1.6)),
        drift=rng.gauss(0, 0.0006),
    )


def _weather(days: int, rng: Random) -> list[float]:
    """How the weather moves everybody: fine spells and wet ones last some days."""
    state, found = 0.0, []
    for _ in range(days):
        state = 0.6 * state + rng.gauss(0, 0.8)
        found.append(exp(0.1 * state))
    return found


def _feasts(days: int, rng: Random) -> set[int]:
    """Two or three week-ends a year when a village drinks together."""
    return {day + n for day in rng.sample(range(days), max(1, days // 140)) for n in (0, 1)}


def _pace(site: Site, day: date, number: int, weather: list[float], feasts: set[int]) -> float:
    """Litres expected this day."""
    _, _, _, summer = STREAMS[site.stream]
    turn = day.timetuple().tm_yday / 365.25
    pace = site.litres_per_day * site.weekdays[day.weekday()] * weather[number]
    pace *= 1.0 + summer * -cos(2 * pi * (turn - 0.04)) + number * site.drift
    if number >= site.shift_at:
        pace *= site.shift_by
    holidays = school_holiday(day)
    if holidays:
        pace *= site.away ** (1.0 if holidays == "summer" else 0.6)
    if day in public_holidays(day.year):
        pace *= 0.75
    if (day.month, day.day) >= (12, 23) or (day.month, day.day) <= (1, 3):
        pace *= 1.5 if site.stream == "verre" else 1.2
    if number in feasts:
        pace *= 2.5 if site.stream == "verre" else 1.4
    return max(0.0, pace)


def _deposits(
    site: Site, days: int, weather: list[float], feasts: set[int], rng: Random
) -> tuple[list[float], list[float]]:
    """Litres brought in each hour since the start, and litres usual in it."""
    hours, usual = [0.0] * (days * 24 + 1), [0.0] * (days * 24 + 1)
    fine = [1.0] * days
    for number in range(days):
        day = (START + timedelta(days=number)).date()
        weights = REST_HOURS if day.weekday() >= 5 or day in public_holidays(day.year) else WEEK_HOURS
        pace = _pace(site, day, number, weather, feasts) * rng.lognormvariate(-0.02, 0.2)
        many = _poisson(pace / (site.bag_l * 1.08), rng)
        for local in rng.choices(range(24), weights, k=many):
            litres = site.bag_l * rng.lognormvariate(-0.245, 0.7)
            if rng.random() < 0.01:  # a cellar, a shop's week
                litres = site.bag_l * min(30.0, 3.0 * rng.paretovariate(1.5))
            hours[_hour(day, local, days)] += litres
        plain = _pace(site, day, number, fine, set())
        for local, weight in enumerate(weights):
            usual[_hour(day, local, days)] += plain * weight / sum(weights)
    return hours, usual


def _hour(day: date, local: int, days: int) -> int:
    at = datetime(day.year, day.month, day.day, local, tzinfo=PARIS)
    return min(days * 24, max(0, int((at - START) / HOUR)) + 1)


def _poisson(mean: float, rng: Random) -> int:
    count, waited = 0, rng.expovariate(1.0)
    while waited < mean:
        count, waited = count + 1, waited + rng.expovariate(1.0)
    return count


def _year(site: Site, weather: list[float], feasts: dict[str, set[int]], days: int, seed: int) -> Year:
    rng = Random(f"{seed}/{site.code}/life")
    hours, usual = _deposits(site, days, weather, feasts[site.commune], rng)
    service = rng.sample(range(5), 2)  # two weekdays a week a truck may come
    comes = rng.randrange(6, 13)
    threshold = rng.uniform(0.6, 0.85)
    present = rng.uniform(0, 0.6) * site.volume_l
    brought, level, emptied = [0.0], [present], []
    total = 0.0
    for hour in range(1, days * 24 + 1):
        at = START + hour * HOUR
        total += hours[hour]
        present = min(float(site.volume_l), present + hours[hour])
        local = at.astimezone(PARIS)
        if local.weekday() in service and local.hour == comes:
            looks = present / site.volume_l + rng.gauss(0, 0.05)
            if looks >= threshold and rng.random() < 0.85:
                present = rng.uniform(0, 0.03) * site.volume_l
                emptied.append(at)
        brought.append(total)
        level.append(present)
    sick = Random(f"{seed}/{site.code}/sick")
    ailment = sick.choice(("noisy", "stuck", "silent", "echoes", "offset", "drifting"))
    ailment = ailment if sick.random() < MISBEHAVING else ""
    year = Year(site, tuple(accumulate(usual)), tuple(brought), tuple(level), tuple(emptied), (), ailment)
    return replace(year, readings=tuple(_probe(year, days, rng)))


def _probe(year: Year, days: int, rng: Random) -> list[Reading]:
    """Readings every four hours or so, with gaps; the sick ones lie in their own way."""
    every = rng.choice((1.0, 4.0, 4.0, 4.0, 6.0))
    noise = rng.uniform(0.6, 1.6) * (4.0 if year.ailment == "noisy" else 1.0)
    offset = rng.choice((-9.0, 9.0)) if year.ailment == "offset" else 0.0
    outages = [(rng.uniform(0, days), rng.uniform(0.5, 4.0)) for _ in range(days // 90)]
    spells = [(rng.uniform(0, days), rng.uniform(8, 30)) for _ in range(max(1, days // 100))]
    found, hour, frozen = [], rng.uniform(0, every), 0.0
    while hour < days * 24:
        at = START + timedelta(seconds=round(hour * 3600))
        hour += every * rng.uniform(0.97, 1.03)
        day = hour / 24
        ill = any(begins <= day <= begins + lasts for begins, lasts in spells)
        if any(begins <= day <= begins + lasts for begins, lasts in outages) or rng.random() < 0.03:
            continue
        if year.ailment == "silent" and ill:
            continue
        level = year.percent(at) + rng.gauss(0, noise) + offset
        if year.ailment == "drifting":
            level += 0.05 * day
        if year.ailment == "stuck" and ill:
            level = frozen
        frozen = level
        if year.ailment == "echoes" and rng.random() < 0.15:
            level = rng.choice((rng.uniform(0, 100), 140.0))
        found.append(_reading(at, level))
    return found


def _reading(at: datetime, level: float) -> Reading:
    distance = round(1800 - 15 * level)
    if distance < 250:
        return Reading(measured_at=at, echo_error="blind_zone")
    return Reading(measured_at=at, distance_mm=distance)


def _at(series: tuple[float, ...], at: datetime) -> float:
    hours = (at - START) / HOUR
    whole = min(len(series) - 1, max(0, int(hours)))
    after = min(len(series) - 1, whole + 1)
    return series[whole] + (series[after] - series[whole]) * min(1.0, max(0.0, hours - whole))
