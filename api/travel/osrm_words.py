"""OSRM's manoeuvres in French; it gives their kinds, and leaves the words to whoever shows them.

Kinds and modifiers: OSRM's HTTP API, "StepManeuver object". An unknown kind is said as a turn, as it asks.
"""

from collections.abc import Mapping
from typing import Any

SIDES = {
    "uturn": "Faire demi-tour",
    "sharp right": "Tourner franchement à droite",
    "right": "Tourner à droite",
    "slight right": "Tourner légèrement à droite",
    "straight": "Continuer tout droit",
    "slight left": "Tourner légèrement à gauche",
    "left": "Tourner à gauche",
    "sharp left": "Tourner franchement à gauche",
}
KEEP = {"right": "Serrer à droite", "left": "Serrer à gauche", "straight": "Continuer tout droit"}
MERGE = {"right": "S'insérer à droite", "left": "S'insérer à gauche", "straight": "S'insérer"}
RAMP = {
    "right": "Prendre la bretelle à droite",
    "left": "Prendre la bretelle à gauche",
    "straight": "Prendre la bretelle",
}
ARRIVE = {"right": "Arrivée, à droite", "left": "Arrivée, à gauche", "straight": "Arrivée"}
ROUNDABOUTS = ("roundabout", "rotary", "roundabout turn")
_FIRST = {1: "1re"}


def instruction(step: Mapping[str, Any]) -> str:
    """One sentence without its full stop; empty when there is nothing to do."""
    act = step["maneuver"]
    kind, modifier = str(act.get("type", "")), str(act.get("modifier", "straight"))
    road = _road(step)
    if kind == "depart":
        return f"Partir{' sur ' + road if road else ''}"
    if kind == "arrive":
        return _by_side(ARRIVE, modifier)
    if kind in ROUNDABOUTS:
        exit_number = act.get("exit")
        which = f" et prendre la {_nth(exit_number)} sortie" if isinstance(exit_number, int) else ""
        return f"Entrer dans le rond-point{which}{_onto(road)}"
    if kind.startswith("exit "):  # the way out of a roundabout, told with the way in
        return ""
    if kind in ("new name", "notification") and modifier == "straight":
        return f"Continuer{_onto(road)}" if kind == "new name" else ""
    return _said(kind, modifier) + _onto(road)


def _said(kind: str, modifier: str) -> str:
    if kind in ("fork", "use lane"):
        return _by_side(KEEP, modifier)
    if kind == "merge":
        return _by_side(MERGE, modifier)
    if kind in ("on ramp", "off ramp"):
        return _by_side(RAMP, modifier)
    words = SIDES.get(modifier, SIDES["straight"])
    return f"Au bout de la route, {words[0].lower()}{words[1:]}" if kind == "end of road" else words


def _by_side(words: Mapping[str, str], modifier: str) -> str:
    side = modifier.rpartition(" ")[2]
    return words.get(side, words["straight"])


def _road(step: Mapping[str, Any]) -> str:
    name, ref = str(step.get("name") or ""), str(step.get("ref") or "")
    return f"{name} ({ref})" if name and ref and ref not in name else name or ref


def _onto(road: str) -> str:
    return f" : {road}" if road else ""


def _nth(number: int) -> str:
    return _FIRST.get(number, f"{number}e")
