"""What is learned, of a container and of a stream, to and from JSON documents. Refuses what it does not know.

Instants are RFC 3339 in UTC. A document that is read back is equal to what was written; the only error is
`Refused`. Another number of effects than this version's is refused: what was learned must be learned again.
"""

from collections.abc import Callable
from datetime import datetime
from math import isfinite
from typing import Any

from fill.habit import Check, Learned
from fill.model import Refused
from fill.parse import count, instant, not_negative, number, optional, part
from fill.prior import HORIZONS_DAYS, Pool, Width
from fill.season import COUNT

VERSION = 1
Document = dict[str, Any]
HALF = COUNT * (COUNT + 1) // 2


def _numbers(length: int, least: float | None = None) -> Callable[[str, object], tuple[float, ...]]:
    def parse(name: str, value: object) -> tuple[float, ...]:
        if not isinstance(value, list) or len(value) != length:
            raise Refused(f"{name} must be a list of {length} numbers")
        found = tuple(number(name, each) for each in value)
        if not all(isfinite(each) and (least is None or each >= least) for each in found):
            raise Refused(f"{name} must be finite numbers{'' if least is None else f' of at least {least}'}")
        return found

    return parse


def _horizon(name: str, value: object) -> int:
    found = count(name, value)
    if found >= len(HORIZONS_DAYS):
        raise Refused(f"{name} must be below {len(HORIZONS_DAYS)}")
    return found


def _positive(name: str, value: object) -> float:
    found = number(name, value)
    if found <= 0.0:
        raise Refused(f"{name} must be positive")
    return found


_check = part(
    Check,
    {
        "made_at": instant,
        "due_at": instant,
        "horizon": _horizon,
        "odometer": number,
        "mean": number,
        "sd": _positive,
        "skew": not_negative,
    },
)


def _checks(name: str, value: object) -> tuple[Check, ...]:
    if not isinstance(value, list) or len(value) > len(HORIZONS_DAYS):
        raise Refused(f"{name} must be a list of at most {len(HORIZONS_DAYS)} checks")
    return tuple(_check(name, each) for each in value)


_learned = part(
    Learned,
    {
        "mean": _numbers(COUNT),
        "covariance": _numbers(HALF),
        "until": optional(instant),
        "at": optional(instant),
        "level": number,
        "level_sd": not_negative,
        "seen_at": optional(instant),
        "seen_level": number,
        "odometer": number,
        "surprise": not_negative,
        "seen": not_negative,
        "lean": number,
        "checks": _checks,
    },
)
_width = part(Width, {"below": _positive, "above": _positive, "checks": count})


def _widths(name: str, value: object) -> tuple[Width, ...]:
    if not isinstance(value, list) or len(value) != len(HORIZONS_DAYS):
        raise Refused(f"{name} must be a list of {len(HORIZONS_DAYS)} widths")
    return tuple(_width(name, each) for each in value)


def _communes(name: str, value: object) -> dict[str, tuple[float, ...]]:
    if not isinstance(value, dict):
        raise Refused(f"{name} must be an object")
    return {str(commune): _numbers(COUNT)(name, each) for commune, each in value.items()}


def _hours(name: str, value: object) -> tuple[float, ...]:
    found = _numbers(24, 0.0)(name, value)
    if sum(found) <= 0.0:
        raise Refused(f"{name} must not all be nought")
    return found


_pool = part(
    Pool,
    {
        "mean": _numbers(COUNT),
        "spread": _numbers(COUNT, 1e-6),
        "communes": _communes,
        "dispersion": _positive,
        "hours": _hours,
        "widths": _widths,
    },
)


def learned_to_document(learned: Learned) -> Document:
    """One container's, about two kilobytes whatever its history."""
    found: Document = {"v": VERSION, "mean": list(learned.mean), "covariance": list(learned.covariance)}
    for name in ("until", "at", "seen_at"):
        at = getattr(learned, name)
        if at is not None:
            found[name] = _text(at)
    for name in ("level", "level_sd", "seen_level", "odometer", "surprise", "seen", "lean"):
        found[name] = getattr(learned, name)
    found["checks"] = [_check_to_document(check) for check in learned.checks]
    return found


def learned_from_document(document: object) -> Learned:
    """What `learned_to_document` wrote. Errors: `Refused`."""
    found: Learned = _learned("learned", _version("learned", document))
    if (found.at is None) != (found.seen_at is None):
        raise Refused("learned must have both of at and seen_at, or neither")
    return found


def pool_to_document(pool: Pool) -> Document:
    """One stream's."""
    return {
        "v": VERSION,
        "mean": list(pool.mean),
        "spread": list(pool.spread),
        "communes": {commune: list(each) for commune, each in pool.communes.items()},
        "dispersion": pool.dispersion,
        "hours": list(pool.hours),
        "widths": [{"below": each.below, "above": each.above, "checks": each.checks} for each in pool.widths],
    }


def pool_from_document(document: object) -> Pool:
    """What `pool_to_document` wrote. Errors: `Refused`."""
    found: Pool = _pool("pool", _version("pool", document))
    return found


def _version(name: str, document: object) -> Document:
    if not isinstance(document, dict):
        raise Refused(f"{name} must be an object")
    rest = dict(document)
    if rest.pop("v", None) != VERSION:
        raise Refused(f"{name} must have v = {VERSION}")
    return rest


def _check_to_document(check: Check) -> Document:
    return {
        "made_at": _text(check.made_at),
        "due_at": _text(check.due_at),
        "horizon": check.horizon,
        "odometer": check.odometer,
        "mean": check.mean,
        "sd": check.sd,
        "skew": check.skew,
    }


def _text(at: datetime) -> str:
    return at.isoformat()[:-6] + "Z"
