"""For whom a clause or a row of a scale is meant: facts against conditions, and two conditions compared."""

from collections.abc import Iterable
from itertools import combinations

from tariff.model import Clause, Facts, Row, Span, Test, Value, Where

BINS_OF = "bacs_"  # bacs_omr: how many bins of that stream, none when nothing is said


class Unsaid(Exception):
    """The situation does not say a fact that a clause asks for; the fact's name is the argument."""


def holds(where: Where, facts: Facts) -> bool:
    """Whether every condition holds. Errors: `Unsaid`, when a fact that is asked for is not there."""
    return all(_met(test, facts) != test.negated for test in where)


def _met(test: Test, facts: Facts) -> bool:
    value = facts.get(test.fact)
    if value is None:
        if test.fact == "options":
            return False
        if not test.fact.startswith(BINS_OF):
            raise Unsaid(test.fact)
        value = 0
    if isinstance(test.wanted, Span):
        return not isinstance(value, str | frozenset) and _inside(value, test.wanted)
    words = value if isinstance(value, frozenset) else {_word(value)}
    return bool(words & test.wanted)


def _inside(value: Value, span: Span) -> bool:
    assert not isinstance(value, str | frozenset)  # noqa: S101 - narrowed by the caller
    return span.low <= value and (span.high is None or value <= span.high)


def _word(value: Value) -> str:
    return ("oui" if value else "non") if isinstance(value, bool) else str(value)


def apart(one: Where, other: Where) -> bool:
    """Whether no situation can meet both: some fact is asked to be two different things."""
    return any(_exclude(a, b) for a in one for b in other if a.fact == b.fact)


def _exclude(a: Test, b: Test) -> bool:
    if a.negated and b.negated:
        return False
    if isinstance(a.wanted, Span) and isinstance(b.wanted, Span):
        if a.negated or b.negated:
            inner, outer = (b.wanted, a.wanted) if a.negated else (a.wanted, b.wanted)
            return _within(inner, outer)
        return _before(a.wanted, b.wanted) or _before(b.wanted, a.wanted)
    if isinstance(a.wanted, Span) or isinstance(b.wanted, Span):
        return False
    if a.negated or b.negated:
        inner_words, outer_words = (b.wanted, a.wanted) if a.negated else (a.wanted, b.wanted)
        # A household may have several options at once, so only a single one asked and refused excludes.
        return inner_words <= outer_words
    return a.fact != "options" and not (a.wanted & b.wanted)


def _before(one: Span, other: Span) -> bool:
    return one.high is not None and one.high < other.low


def _within(inner: Span, outer: Span) -> bool:
    above = outer.low <= inner.low
    return above and (outer.high is None or (inner.high is not None and inner.high <= outer.high))


def overlaps(rows: Iterable[Row]) -> list[tuple[int, int]]:
    """Pairs of rows, by rank from 0, that one situation could meet together."""
    numbered = enumerate(rows)
    return [(i, j) for (i, a), (j, b) in combinations(numbered, 2) if not apart(a.where, b.where)]


def hole(rows: Iterable[Row]) -> str | None:
    """What the rows on persons leave out, as a word (0 is no household); None when nothing or no such rows.

    Only scales that ask for the number of persons and nothing else are judged: bins come in a few sizes.
    """
    spans = []
    for row in rows:
        if len(row.where) != 1 or row.where[0].fact != "personnes" or row.where[0].negated:
            return None
        wanted = row.where[0].wanted
        if not isinstance(wanted, Span):
            return None
        spans.append(wanted)
    due = 1
    for span in sorted(spans, key=lambda one: one.low):
        if span.low > due:
            return str(due) if span.low == due + 1 else f"{due} à {int(span.low) - 1}"
        if span.high is None:
            return None
        due = int(span.high) + 1
    return f"{due} et plus" if spans else None


class NoRow(Exception):
    """No row of a scale fits the situation; arguments: the clause's name, the facts that were compared."""


def choose(clause: Clause, facts: Facts) -> Row:
    """The row of the clause's scale that fits. Errors: `NoRow`, `Unsaid`."""
    for row in clause.rows:
        if holds(row.where, facts):
            return row
    asked = sorted({test.fact for row in clause.rows for test in row.where})
    raise NoRow(clause.id, ", ".join(f"{fact} = {shown(facts.get(fact))}" for fact in asked))


def shown(value: Value | None) -> str:
    """A fact as a person reads it."""
    if isinstance(value, frozenset):
        return ", ".join(sorted(value)) or "aucune"
    return "non dit" if value is None else str(value)
