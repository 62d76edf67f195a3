"""How a column is read: from a row or a table, and from a level somebody sees to be empty or full.

Knows what is plausible of a calibration. A guided calibration that is not gives one French sentence and
changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from fill.level import volume_percent
from fill.model import Calibration, Refused, Shape
from fill.sentence import number, typeset

Seen = Literal["empty", "full"]

LEAST_DEPTH_MM = 200  # between empty and full: no column is flatter
FARTHEST_SHARE = 0.35  # of the depth: a level further from where it was thought to be is not that level
CLOSE_MM, CLOSE_SHARE = 100, 0.08  # the last two distances of a still surface are at most so far apart

_FIELDS = (
    "volume_l",
    "empty_distance_mm",
    "full_distance_mm",
    "dead_zone_mm",
    "plan_percent",
    "urgent_percent",
    "report_interval_s",
)


@dataclass(frozen=True, slots=True)
class Implausible:
    """Why a level is not taken as empty or full, in one French sentence."""

    sentence: str


def calibration_of(row: Mapping[str, Any]) -> Calibration:
    """The calibration in a row of the database; thresholds and interval may be absent. Errors: `Refused`."""
    return Calibration(**{name: row[name] for name in _FIELDS if name in row}, shape=shape_of(row["shape"]))


def shape_of(points: Sequence[Sequence[int]]) -> Shape:
    """A shape from JSON; `Calibration` judges its points. Errors: `Refused`."""
    if not isinstance(points, list | tuple) or any(
        not isinstance(point, list | tuple) or len(point) != 2 for point in points
    ):
        raise Refused("shape must be a list of pairs")
    return tuple((point[0], point[1]) for point in points)


def table_of(calibration: Calibration) -> tuple[tuple[int, int], ...]:
    """(distance in mm, litres below), from empty to full: two lines for a prism."""
    empty, depth = calibration.empty_distance_mm, calibration.empty_distance_mm - calibration.full_distance_mm
    points = ((0, 0), *calibration.shape, (1000, 1000))
    return tuple(
        (round(empty - depth * height / 1000), round(calibration.volume_l * volume / 1000))
        for height, volume in points
    )


def with_table(calibration: Calibration, table: Sequence[tuple[int, float]]) -> Calibration:
    """The same column read by (distance in mm, percent of the volume), from empty, 0, to full, 100.

    Errors: `Refused`, unless there are two lines at least, nearer and fuller each time.
    """
    if len(table) < 2 or table[0][1] != 0 or table[-1][1] != 100:
        raise Refused("a table begins at 0 percent, when empty, and ends at 100, when full")
    empty, full = table[0][0], table[-1][0]
    if empty <= full:
        raise Refused("a table goes from the farthest distance, when empty, to the nearest, when full")
    shape = tuple(
        (round((empty - distance) * 1000 / (empty - full)), round(percent * 10))
        for distance, percent in table[1:-1]
    )
    return replace(calibration, empty_distance_mm=empty, full_distance_mm=full, shape=shape)


def observed(
    calibration: Calibration, seen: Seen, distances: Sequence[int | None]
) -> Calibration | Implausible:
    """Take the newest distance as that of the empty, or of the full, column; `distances` are newest first."""
    heard = distances[0] if distances else None
    if heard is None:
        return Implausible("La dernière mesure n’a pas de distance : attendez la suivante.")
    word = "vide" if seen == "empty" else "pleine"
    empty, full = calibration.empty_distance_mm, calibration.full_distance_mm
    if heard < calibration.dead_zone_mm:
        return _implausible(
            f"{heard} mm est dans la zone aveugle ({calibration.dead_zone_mm} mm) : la sonde n’y voit rien."
        )
    before = distances[1] if len(distances) > 1 else None
    if before is not None and abs(before - heard) > max(CLOSE_MM, CLOSE_SHARE * (empty - full)):
        return _implausible(
            f"Les deux dernières mesures se contredisent ({before} mm puis {heard} mm) :"
            f" attendez-en deux voisines, colonne toujours {word}."
        )
    new_empty, new_full = (heard, full) if seen == "empty" else (empty, heard)
    if new_empty - new_full < LEAST_DEPTH_MM:
        return _implausible(
            f"À {heard} mm il ne resterait que {max(0, new_empty - new_full)} mm entre vide et plein :"
            f" la colonne est-elle bien {word} ?"
        )
    known = empty if seen == "empty" else full
    if abs(heard - known) > FARTHEST_SHARE * (empty - full):
        level = volume_percent((empty - heard) * 100 / (empty - full), calibration.shape)
        return _implausible(
            f"{heard} mm est à {abs(heard - known)} mm de la distance connue ({known} mm), soit un niveau de"
            f" {number(min(100.0, max(0.0, level)))} % : la colonne est-elle bien {word} ?"
        )
    return replace(calibration, empty_distance_mm=new_empty, full_distance_mm=new_full)


def _implausible(sentence: str) -> Implausible:
    return Implausible(typeset(sentence))
