"""A book, a holder, a scan and what was counted → open or not. The order of the checks is the rule.

Site and badge first, then who may come and when, then what is left. The first that refuses is named. An
agent's override opens what a rule refused, never what is not known (no holder, no site): then nothing could
be counted. Nothing here opens by default.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from access.allowances import Used, applying, measure, touched, units_of
from access.calendar import PARIS, is_open, next_opening, window
from access.french import exceeded, instant, left_sentence
from access.model import Allowance, Ban, Book, Decision, Holder, Left, Scan
from access.prices import charges

BADGE_TEXTS = {
    "blocked": "Badge bloqué : adressez-vous à l’accueil.",
    "lost": "Badge déclaré perdu : adressez-vous à l’accueil.",
    "replaced": "Badge remplacé : présentez le nouveau.",
}


@dataclass(frozen=True, slots=True)
class _Standing:
    """An allowance as it stands once this entry is counted, and what the entry takes from it."""

    allowance: Allowance
    left: Left
    taken: int

    @property
    def overrun(self) -> bool:
        """An entry that takes nothing is not refused for what others took."""
        return self.taken > 0 and self.left.used > self.left.limit


def decide(book: Book | None, holder: Holder | None, scan: Scan, used: Used) -> Decision:
    """Answer a scan. `used` has a number for each counter of `allowances.windows`; a missing one is zero."""
    if book is None or not _in_force(book, scan.at):
        return Decision(opens=False, rule="no_rules", text="Aucun règlement n’est en vigueur à cette date.")
    if holder is None:
        return Decision(opens=False, rule="unknown_badge", text="Badge inconnu : adressez-vous à l’accueil.")
    unknown = _unknown(book, holder, scan)
    if unknown is not None:
        return unknown
    units = units_of(book, scan)
    standings = tuple(_standings(book, holder, scan, units, used))
    refusal = _closed(book, scan) or _badge(holder, scan.at) or _banned(book, holder, scan)
    refusal = refusal or _exhausted(book, standings)
    if refusal is not None and scan.override is None:
        before = tuple(replace(one.left, used=one.left.used - one.taken) for one in standings)
        return Decision(opens=False, rule=refusal.rule, text=refusal.text, left=before)
    return Decision(
        opens=True,
        rule="open" if refusal is None else "override",
        text="Bienvenue." if refusal is None else "Ouvert par l’agent.",
        units=units,
        left=tuple(one.left for one in standings),
        warnings=tuple(
            left_sentence(book, one.left)
            for one in standings
            if one.taken and one.left.left <= one.allowance.warn_left
        ),
        charges=charges(book, holder, scan, units, used),
        overruns=tuple(dict.fromkeys(one.allowance.id for one in standings if one.overrun)),
        refused_by=None if refusal is None else refusal.rule,
    )


def _in_force(book: Book, at: datetime) -> bool:
    day = at.astimezone(PARIS).date()
    return book.valid_from <= day and (book.valid_until is None or day <= book.valid_until)


def _unknown(book: Book, holder: Holder, scan: Scan) -> Decision | None:
    if scan.site not in book.sites:
        return Decision(opens=False, rule="unknown_site", text="Ce site n’est pas au règlement.")
    if holder.category not in book.categories:
        return Decision(
            opens=False, rule="unknown_category", text="Catégorie inconnue : adressez-vous à l’accueil."
        )
    if scan.vehicle not in book.vehicles:
        return Decision(opens=False, rule="unknown_vehicle", text="Type de véhicule inconnu.")
    for one in scan.brought:
        if one.material not in book.materials:
            text = f"Déchet inconnu du règlement : {one.material}."
            return Decision(opens=False, rule="unknown_material", text=text)
    return None


def _closed(book: Book, scan: Scan) -> Decision | None:
    site = book.sites[scan.site]
    if is_open(site, scan.at):
        return None
    again = next_opening(site, scan.at)
    text = "Site fermé." if again is None else f"Site fermé. Prochaine ouverture : {instant(again)}."
    return Decision(opens=False, rule="closed", text=text)


def _badge(holder: Holder, at: datetime) -> Decision | None:
    badge = holder.badge
    state = "blocked" if holder.blocked else badge.state
    if state != "active":
        return Decision(opens=False, rule=state, text=BADGE_TEXTS[state])
    if badge.valid_from is not None and at < badge.valid_from:
        text = f"Badge valable à partir du {instant(badge.valid_from)}."
        return Decision(opens=False, rule="not_yet_valid", text=text)
    if badge.valid_until is not None and at >= badge.valid_until:
        return Decision(
            opens=False, rule="expired", text=f"Badge expiré depuis le {instant(badge.valid_until)}."
        )
    return None


def _banned(book: Book, holder: Holder, scan: Scan) -> Decision | None:
    weekday = scan.at.astimezone(PARIS).isoweekday()

    def forbids(ban: Ban) -> bool:
        return ban.scope.holds(holder, scan) and weekday not in ban.except_weekdays

    found = next((one for one in book.bans if forbids(one)), None)
    return None if found is None else Decision(opens=False, rule=found.id, text=found.text)


def _standings(book: Book, holder: Holder, scan: Scan, units: int, used: Used) -> Iterator[_Standing]:
    for one in applying(book, holder, scan):
        span = window(scan.at, one.per, one.rolling_days)
        for material in touched(one, scan) if one.each else (None,):
            meant = one.materials if material is None else (material,)
            taken = measure(one.unit, meant, units, scan.brought)
            left = Left(
                rule=one.id,
                unit=one.unit,
                material=material,
                limit=one.limit,
                used=used.get((one.id, material), 0) + taken,
                renewed_at=span.end if span.renews else None,
            )
            yield _Standing(one, left, taken)


def _exhausted(book: Book, standings: tuple[_Standing, ...]) -> Decision | None:
    found = next((one for one in standings if one.overrun and one.allowance.over == "refuse"), None)
    if found is None:
        return None
    return Decision(opens=False, rule=found.allowance.id, text=exceeded(book, found.allowance, found.left))
