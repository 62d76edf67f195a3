"""What contradicts itself inside one grid: names, overlaps, holes, references, and what the law fixes.

Each check is a function that adds its sentences to the reader; none stops the others.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations

from tariff.clauses import Read
from tariff.conditions import apart, hole, overlaps
from tariff.model import Clause, Counted, Quota
from tariff.reading import Reader


def contradictions(reader: Reader, regime: str, read: Read) -> None:
    """Add to the reader every contradiction between the clauses of a grid."""
    _names(reader, read)
    for kind, clause in read.heads:
        _scale(reader, kind, clause)
    _references(reader, read)
    _twice(reader, "prix", read.counted)
    _twice(reader, "quantité comprise", read.allowances)
    _twice(reader, "minimum", read.minimums)
    _same_events(reader, read.counted)
    if regime == "TEOMi":
        _law(reader, read)


def _names(reader: Reader, read: Read) -> None:
    seen: dict[str, int] = {}
    for _, clause in read.heads:
        if clause.id and clause.id in seen:
            reader.problem(("clause", clause.order, "id"), f"deux clauses s'appellent « {clause.id} ».")
        seen[clause.id] = clause.order


def _scale(reader: Reader, kind: str, clause: Clause) -> None:
    at = ("clause", clause.order, "bareme")
    for first, second in overlaps(clause.rows):
        said = f"les lignes {first + 1} et {second + 1} du barème peuvent s'appliquer à la même situation."
        reader.problem((*at, second), said)
    left_out = hole(clause.rows)
    if left_out:
        reader.problem(at, f"le barème ne dit rien pour {left_out} personne(s).")


def _references(reader: Reader, read: Read) -> None:
    priced = {one.unit for one in read.counted}
    for quota in (*read.allowances, *read.minimums):
        if quota.unit not in priced:
            said = f"il manque une clause de type « variable » qui donne le prix de l'unité « {quota.unit} »."
            reader.problem(("clause", quota.clause.order), said)


def _twice(reader: Reader, what: str, clauses: Sequence[Counted | Quota]) -> None:
    for one, other in combinations(clauses, 2):
        if one.unit == other.unit and not apart(one.clause.where, other.clause.where):
            said = (
                f"deux clauses donnent un {what} pour « {one.unit} » à la même situation : "
                f"« {one.clause.id} » et « {other.clause.id} ». Distinguez-les par « si »."
            )
            reader.problem(("clause", other.clause.order), said)


def _same_events(reader: Reader, counted: Iterable[Counted]) -> None:
    """An event is counted once per measure, whatever name the unit has."""
    for one, other in combinations(counted, 2):
        shared = one.kinds & other.kinds
        same = one.measure == other.measure and one.unit != other.unit
        if shared and same and not apart(one.clause.where, other.clause.where):
            words = ", ".join(sorted(shared))
            said = (
                f"les événements « {words} » seraient comptés deux fois, par « {one.clause.id} » et celle-ci."
            )
            reader.problem(("clause", other.clause.order), said)


def _law(reader: Reader, read: Read) -> None:
    """CGI art. 1522 bis: shared quantities by rateable value only, the same tariff everywhere."""
    for counted in read.counted:
        at = ("clause", counted.clause.order)
        if counted.split not in (None, "valeur_locative"):
            said = "en TEOMi, une quantité commune se répartit par la valeur locative (CGI, art. 1522 bis)."
            reader.problem((*at, "partage"), said)
        wheres = (counted.clause.where, *(row.where for row in counted.clause.rows))
        if any(test.fact == "commune" for where in wheres for test in where):
            said = "en TEOMi, le tarif de la part incitative ne peut pas dépendre de la commune."
            reader.problem(at, said)
