"""Columns that are no prisms, tables, and the guided calibration: right, or refused with one sentence."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fill.calibration import Implausible, calibration_of, observed, table_of, with_table
from fill.document import calibration_from_document
from fill.level import edge_percent, fill_percent
from fill.model import Calibration, Refused, Shape
from tests.fill.cases import COLUMN, unhurried

# A cone at the bottom: half of the height holds a fifth of the volume.
CONE = replace(COLUMN, shape=((500, 200),))


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    """Any shape that rises, no steeper than ten to one, which a table of whole millimetres keeps."""
    heights = sorted(draw(st.lists(st.integers(1, 49), unique=True, max_size=8)))
    volumes = sorted(
        draw(st.lists(st.integers(1, 49), unique=True, min_size=len(heights), max_size=len(heights)))
    )
    return tuple((20 * height, 20 * volume) for height, volume in zip(heights, volumes, strict=True))


@pytest.mark.parametrize(
    ("distance_mm", "percent"), [(1800, 0), (1425, 10), (1050, 20), (675, 60), (300, 100), (1900, 0)]
)
def test_a_cone_reads_by_its_volume(distance_mm: int, percent: float) -> None:
    """Straight between the points: half way up is a fifth, three quarters up three fifths."""
    assert fill_percent(distance_mm, CONE).percent == pytest.approx(percent)


def test_the_dead_zone_begins_at_a_volume() -> None:
    """The edge of the dead zone is told in volume too."""
    assert edge_percent(replace(CONE, dead_zone_mm=675)) == pytest.approx(60)


@unhurried
@given(shapes(), st.integers(250, 1900), st.integers(1, 300))
def test_any_shape_is_monotone(shape: Shape, distance_mm: int, nearer_mm: int) -> None:
    """Nearer is never emptier, and both ends stay where they are."""
    column = replace(COLUMN, shape=shape)
    far, near = (
        fill_percent(distance, column).percent
        for distance in (distance_mm, max(250, distance_mm - nearer_mm))
    )
    assert far is not None
    assert near is not None
    assert 0 <= far <= near <= 100
    assert (fill_percent(1800, column).percent, fill_percent(300, column).percent) == (0, 100)


@unhurried
@given(shapes())
def test_tables_go_both_ways(shape: Shape) -> None:
    """The table of a column, told in percent, makes the same column again, within the table's millimetre."""
    column = replace(COLUMN, shape=shape)
    table = [(distance, litres / 30) for distance, litres in table_of(column)]
    again = with_table(COLUMN, table)
    for distance in range(300, 1800, 97):
        expected = fill_percent(distance, column).percent
        assert fill_percent(distance, again).percent == pytest.approx(expected, abs=3)


def test_a_prism_is_the_table_of_two_points() -> None:
    """No shape at all."""
    assert table_of(COLUMN) == ((1800, 0), (300, 3000))
    assert with_table(CONE, [(1800, 0), (300, 100)]) == COLUMN


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ([], "a table begins at 0 percent"),
        ([(1800, 0)], "a table begins at 0 percent"),
        ([(1800, 5), (300, 100)], "a table begins at 0 percent"),
        ([(300, 0), (1800, 100)], "a table goes from the farthest distance"),
        ([(1800, 0), (900, 60), (1000, 70), (300, 100)], "shape must rise"),
        ([(1800, 0), (1000, 70), (900, 60), (300, 100)], "shape must rise"),
    ],
)
def test_tables_refused(table: list[tuple[int, float]], sentence: str) -> None:
    """A table that does not rise from empty to full is none."""
    with pytest.raises(Refused, match=sentence):
        with_table(COLUMN, table)


@pytest.mark.parametrize(
    "shape",
    [
        ((500, 200), (400, 300)),
        ((500, 200), (600, 200)),
        ((0, 100),),
        ((1000, 900),),
        ((500, 1000),),
        ((5, True),),
    ],
)
def test_shapes_refused(shape: Shape) -> None:
    """Not rising, at an end, or no integers."""
    with pytest.raises(Refused, match="shape"):
        replace(COLUMN, shape=shape)


def test_shape_in_a_document_and_in_a_row() -> None:
    """JSON lists become the same calibration; anything else is refused."""
    document = {"volume_l": 3000, "empty_distance_mm": 1800, "full_distance_mm": 300, "dead_zone_mm": 250}
    assert calibration_from_document({**document, "shape": [[500, 200]]}) == CONE
    row = {name: getattr(CONE, name) for name in Calibration.__slots__}
    assert calibration_of({**row, "shape": [[500, 200]], "since": None}) == CONE
    for bad in ("cone", [[500]], [500], [[500, "200"]], [[500, 200.0]]):
        with pytest.raises(Refused):
            calibration_from_document({**document, "shape": bad})


def test_observed() -> None:
    """A plausible level moves one end and leaves the other, the dead zone and the shape."""
    assert observed(CONE, "empty", [1760]) == replace(CONE, empty_distance_mm=1760)
    assert observed(CONE, "full", [380, 390]) == replace(CONE, full_distance_mm=380)


@pytest.mark.parametrize(
    ("seen", "distances", "sentence"),
    [
        ("empty", [], "La dernière mesure n’a pas de distance : attendez la suivante."),
        ("empty", [None, 1800], "La dernière mesure n’a pas de distance : attendez la suivante."),
        ("full", [120], "120 mm est dans la zone aveugle (250 mm) : la sonde n’y voit rien."),
        (
            "empty",
            [1790, 1100],
            "Les deux dernières mesures se contredisent (1100 mm puis 1790 mm) :"
            " attendez-en deux voisines, colonne toujours vide.",
        ),
        (
            "empty",
            [900],
            "900 mm est à 900 mm de la distance connue (1800 mm), soit un niveau de 60 % :"
            " la colonne est-elle bien vide ?",
        ),
        (
            "full",
            [1700],
            "À 1700 mm il ne resterait que 100 mm entre vide et plein : la colonne est-elle bien pleine ?",
        ),
        (
            "full",
            [1000],
            "1000 mm est à 700 mm de la distance connue (300 mm), soit un niveau de 53 % :"
            " la colonne est-elle bien pleine ?",
        ),
    ],
)
def test_observed_refuses(seen: str, distances: list[int | None], sentence: str) -> None:
    """What cannot be that level is said so, with its figures."""
    found = observed(COLUMN, "empty" if seen == "empty" else "full", distances)
    assert isinstance(found, Implausible)
    assert found.sentence.replace("\u00a0", " ") == sentence
