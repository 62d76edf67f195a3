"""What was true of an account on each day: its states and bins laid end to end. Knows no price."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date

from tariff.calendar import Period
from tariff.exact import Number
from tariff.model import Bin, Facts, Situation, State


@dataclass(frozen=True, slots=True)
class Timeline:
    """The days on which something changes, and the facts from each on."""

    situation: Situation
    cuts: tuple[date, ...]
    facts: tuple[Facts, ...]

    def rank(self, day: date) -> int:
        """Which stretch of constant facts the day is in."""
        return max(0, bisect_right(self.cuts, day) - 1)

    def on(self, day: date, one: Bin | None = None) -> Facts:
        """The facts of the day, with those of a bin when the question is about one."""
        facts = self.facts[self.rank(day)]
        return facts if one is None else {**facts, "volume": one.volume_l, "flux": one.stream}


def timeline(situation: Situation) -> Timeline:
    """Lay the states end to end; `bacs` and `volume_total` are counted on the account's own bins."""
    own = [one for one in situation.bins if one.weights is None]
    days = {state.since for state in situation.states}
    days |= {day for one in own for day in (one.period.first, one.period.end)}
    cuts = tuple(sorted(days | {situation.period.first}))
    return Timeline(situation, cuts, tuple(_facts(situation.states, own, day) for day in cuts))


def _facts(states: tuple[State, ...], own: list[Bin], day: date) -> Facts:
    now = [state for state in states if state.since <= day][-1:] or list(states[:1])
    here = [one for one in own if one.period.holds(day)]
    counted = {"bacs": len(here), "volume_total": sum(one.volume_l for one in here)}
    for one in here:
        counted[f"bacs_{one.stream}"] = counted.get(f"bacs_{one.stream}", 0) + 1
    return {**counted, **(now[0].facts if now else {})}


def bin_on(situation: Situation, name: str, day: date) -> Bin | None:
    """The bin of that name as the account had it on that day; None when it was not theirs."""
    for one in situation.bins:
        if one.id == name and one.period.holds(day):
            return one
    return None


def presence(situation: Situation, name: str | None) -> Period | None:
    """The days that an allowance is for: those of the account, or of its bin while the account was there.

    A shared bin belongs to the building: its days count before the account came and after it left.
    """
    if name is None:
        return situation.period
    held = [one for one in situation.bins if one.id == name]
    if not held:
        return None
    whole = Period(min(one.period.first for one in held), max(one.period.end for one in held))
    return whole if held[0].weights is not None else whole.meet(situation.period)


def weights(one: Bin, key: str, account: str) -> dict[str, Number] | None:
    """Everyone's weight in a shared bin by a grid's key; None when not known for all, or all nothing."""
    if one.weights is None or account not in one.weights:
        return None
    found = {name: 1 if key == "egal" else keys.get(key, -1) for name, keys in one.weights.items()}
    return found if min(found.values()) >= 0 and sum(found.values()) > 0 else None
