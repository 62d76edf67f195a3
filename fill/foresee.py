"""The outlook of one container as a document, from a document: levels to learn from, and what to look at.

The verb `foresee` of `python -m fill`. The answer gives back what was learned, so that a second document can
go on from it. The only error is `Refused`.
"""

from datetime import date, datetime
from typing import Any

from fill.document import instant_to_text
from fill.habit import Learned, begin
from fill.learn import emptied, observe
from fill.model import Refused
from fill.notebook import learned_from_document, learned_to_document, pool_from_document
from fill.outlook import Level, Outlook, outlook, shown
from fill.parse import count, instant, not_negative, number, optional, percent
from fill.prior import Pool, Prior, prior_of
from fill.season import Rain, ends_of_days

Document = dict[str, Any]
VERSION = 1
FIELDS = {"v", "foresee", "volume_l", "commune", "pool", "learned", "history", "rain_mm", "now", "days"}
MOST_DAYS = 60
USUAL_SD = 2.0


def foresee(document: Document) -> Document:
    """Learn from `history`, then look at the ends of the next `days` days. Errors: `Refused`."""
    unknown = sorted(str(key)[:40] for key in document.keys() - FIELDS)
    if unknown:
        raise Refused(f"the document has an unknown field, {unknown[0]!r}")
    if document.get("v") != VERSION:
        raise Refused(f"the document must have v = {VERSION}")
    volume_l = count("volume_l", document.get("volume_l"))
    if volume_l == 0:
        raise Refused("volume_l must be positive")
    pool = pool_from_document(document["pool"]) if "pool" in document else Pool()
    prior = prior_of(pool, str(document.get("commune", "")), volume_l)
    learned = learned_from_document(document["learned"]) if "learned" in document else begin(prior)
    rain = _rain(document.get("rain_mm", {}))
    now = instant("now", document.get("now"))
    days = count("days", document.get("days", 14))
    if not 0 < days <= MOST_DAYS:
        raise Refused(f"days must be between 1 and {MOST_DAYS}")
    learned, level = _learned(learned, prior, document.get("history"), rain)
    if level.at > now:
        raise Refused("now must not be before the newest level")
    found = outlook(learned, prior, level, (now, *ends_of_days(now, days)), rain)
    return {"v": VERSION, "learned": learned_to_document(learned), **_to_document(found)}


def _learned(learned: Learned, prior: Prior, history: object, rain: Rain) -> tuple[Learned, Level]:
    if not isinstance(history, list) or not history:
        raise Refused("history must be a list of at least one level")
    level: Level | None = None
    for given in history:
        at, seen, sd, before = _read(given)
        if level is not None and at <= level.at:
            raise Refused("history must be in order of time, without repeats")
        if before is None:
            learned, _ = observe(learned, prior, at, seen, sd, rain)
        else:
            learned = emptied(learned, prior, at, before, seen, sd, rain)
        level = Level(seen, sd, at)
    assert level is not None  # noqa: S101 - the list is not empty
    return learned, level


def _read(given: object) -> tuple[datetime, float, float, float | None]:
    if not isinstance(given, dict) or "at" not in given or "percent" not in given:
        raise Refused("each level of history must have at and percent")
    unknown = sorted(str(key)[:40] for key in given.keys() - {"at", "percent", "sd", "emptied_from"})
    if unknown:
        raise Refused(f"a level of history has an unknown field, {unknown[0]!r}")
    before = optional(percent)("emptied_from", given.get("emptied_from"))
    sd = not_negative("sd", given.get("sd", USUAL_SD))
    return instant("at", given["at"]), percent("percent", given["percent"]), sd, before


def _rain(given: object) -> Rain:
    if not isinstance(given, dict):
        raise Refused("rain_mm must be an object of dates")
    found = {}
    for day, fallen in given.items():
        try:
            found[date.fromisoformat(day)] = number("rain_mm", fallen)
        except ValueError:
            raise Refused("rain_mm must be an object of dates and millimetres") from None
    return found


def _to_document(found: Outlook) -> Document:
    steps = [
        {
            "at": instant_to_text(step.at),
            "mean": round(step.mean, 2),
            "sd": round(step.sd, 2),
            "q10": shown(step.q10),
            "q50": shown(step.q50),
            "q90": shown(step.q90),
            "p_overflow": step.p_overflow,
        }
        for step in found.steps
    ]
    times = {name: getattr(found, name) for name in ("full_at", "full_early", "full_late")}
    return {"steps": steps, **{name: at and instant_to_text(at) for name, at in times.items()}}
