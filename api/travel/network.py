"""The roads of an installation: an engine and its cache behind `routing.travel.TravelTimes`.

Only what is not known yet is asked, in tables no larger than the server takes. An engine that fails is left
alone for a minute, and the figures are the great circle's, which their source says: a plan is always made.
"""

import logging
from collections.abc import Iterator, Sequence
from itertools import pairwise
from time import monotonic

from api.travel import cache
from api.travel.cache import UNKNOWN, Cache, Grid, Spot, place_of, spot_of
from api.travel.engines import Engine, Table
from api.travel.wire import Unanswered, at_most
from routing.model import Matrix, Place
from routing.travel import ANY_RIG, GreatCircle, Rig, Travel, Way, thrifty

LEFT_ALONE_S = 60
Pair = tuple[Spot, Spot]
_log = logging.getLogger(__name__)


class Network:
    """An engine with its cache; one for the life of a process, because it remembers a silent server."""

    def __init__(
        self, engine: Engine, shelf: Cache, fallback: GreatCircle, *, seconds: float, table: int
    ) -> None:
        self.engine = engine
        self.shelf = shelf
        self.fallback = fallback
        self._seconds = seconds
        self._table = table
        self._silent_until = 0.0
        self._why = ""

    @property
    def name(self) -> str:
        """The engine and what moves, as people read it."""
        return self._named(ANY_RIG)

    def travel(self, places: Sequence[Place], rig: Rig = ANY_RIG) -> Travel:
        """Road figures, or the great circle's with why; never raises for what the engine does."""
        rig = self.engine.heeds(rig)
        spots = [spot_of(place) for place in places]
        grid = cache.read_grid(self.shelf, self._key(rig), list(dict.fromkeys(spots)))
        try:
            self._complete(grid, rig)
        except Unanswered as error:
            return self._flown(places, error)
        return _travel(spots, grid, self._named(rig))

    def ways(
        self, places: Sequence[Place], rig: Rig = ANY_RIG, *, ask: bool = True
    ) -> tuple[Way | None, ...]:
        """The drawn way from each place to the next; without `ask`, only what is kept."""
        rig = self.engine.heeds(rig)
        legs = list(pairwise(spot_of(place) for place in places))
        wanted = [leg for leg in dict.fromkeys(legs) if leg[0] != leg[1]]
        known = cache.read_ways(self.shelf, self._key(rig), wanted)
        missing = [leg for leg in wanted if leg not in known]
        if ask and missing:
            drawn: dict[Pair, Way] = {}
            try:
                with at_most(self._seconds):
                    for run in runs(missing, self.engine.most_via):
                        drawn |= self._draw(run, rig)
            except Unanswered as error:
                _log.warning("ways: %s %s", self.engine.name, error.text)
            cache.keep_ways(self.shelf, self._key(rig), drawn)
            known |= drawn
        return tuple(known.get(leg) for leg in legs)

    def _draw(self, run: Sequence[Spot], rig: Rig) -> dict[Pair, Way]:
        places = [place_of(spot) for spot in run]
        self._refuse_silent()
        try:
            return dict(zip(pairwise(run), self.engine.ways(places, rig), strict=True))
        except Unanswered as error:
            self._remember(error)
            if error.down or len(run) == 2:
                if error.down:
                    raise
                return {}
        # One leg without a road spoils its whole run: ask for each alone.
        return {pair: way for leg in pairwise(run) for pair, way in self._draw(leg, rig).items()}

    def _complete(self, grid: Grid, rig: Rig) -> None:
        """Ask for what is missing, and keep what came even when the rest did not."""
        told: list[tuple[int, int]] = []
        try:
            with at_most(self._seconds):
                for rows, columns in missing_tables(grid, self._table):
                    self._refuse_silent()
                    sources = [place_of(grid.spots[row]) for row in rows]
                    targets = [place_of(grid.spots[column]) for column in columns]
                    told += _take(grid, rows, columns, self.engine.table(sources, targets, rig))
        except Unanswered as error:
            self._remember(error)
            raise
        finally:
            cache.keep_legs(self.shelf, self._key(rig), grid, told)

    def _refuse_silent(self) -> None:
        if monotonic() < self._silent_until:
            raise Unanswered(self._why, down=False)

    def _remember(self, error: Unanswered) -> None:
        if error.down:
            self._silent_until, self._why = monotonic() + LEFT_ALONE_S, error.text

    def _flown(self, places: Sequence[Place], error: Unanswered) -> Travel:
        _log.warning("travel times: %s %s; the great circle is used", self.engine.name, error.text)
        why = f"{self.fallback.name}, car {self.engine.name} {error.text}"
        flown = self.fallback.matrix(places)
        return Travel(
            matrix=Matrix(distance_m=flown.distance_m, duration_s=flown.duration_s, source=why),
            off_road_m=(None,) * len(places),
            remark=f"{self.engine.name} {error.text} : distances à {self.fallback.name}.",
        )

    def _key(self, rig: Rig) -> str:
        size = "/".join(str(getattr(rig, name) or "") for name in Rig.__slots__)
        return f"{self.engine.name}:{self.engine.profile}:{size}"

    def _named(self, rig: Rig) -> str:
        tall = f", {rig.height_mm / 1000:g} m de haut".replace(".", ",", 1) if rig.height_mm else ""
        heavy = f", {rig.weight_kg / 1000:g} t".replace(".", ",", 1) if rig.weight_kg else ""
        return f"route, par {self.engine.name} ({self.engine.profile}{tall}{heavy})"


def _take(grid: Grid, rows: Sequence[int], columns: Sequence[int], table: Table) -> Iterator[tuple[int, int]]:
    """Write a table into the grid; yields the legs that were not known."""
    for numbers, offs in ((rows, table.sources_off_m), (columns, table.targets_off_m)):
        for number, off in zip(numbers, offs, strict=True):
            spot = grid.spots[number]
            grid.off_road_m[spot] = off if off is not None else grid.off_road_m.get(spot)
    for row, metres, seconds in zip(rows, table.distance_m, table.duration_s, strict=True):
        for column, distance, duration in zip(columns, metres, seconds, strict=True):
            if grid.metres[row][column] == UNKNOWN:
                grid.metres[row][column], grid.seconds[row][column] = distance, duration
                yield row, column


def missing_tables(grid: Grid, most: int) -> Iterator[tuple[list[int], list[int]]]:
    """Tables (rows, columns) of at most `most` × `most` that cover every leg nobody has told yet.

    Places never met come first and have tables of their own, so that one new place among many costs its row
    and its column, not everything again.
    """
    fresh = [number for number, spot in enumerate(grid.spots) if spot not in grid.ids]
    known = [number for number, spot in enumerate(grid.spots) if spot in grid.ids]
    blocks = [*_cut(fresh, most), *_cut(known, most)]
    for block in blocks:
        for other in blocks:
            rows = [row for row in block if any(grid.metres[row][column] == UNKNOWN for column in other)]
            columns = [column for column in other if any(grid.metres[row][column] == UNKNOWN for row in rows)]
            if rows:
                yield rows, columns


def _cut(numbers: Sequence[int], most: int) -> list[Sequence[int]]:
    return [numbers[start : start + most] for start in range(0, len(numbers), most)]


def runs(legs: Sequence[Pair], most: int) -> Iterator[list[Spot]]:
    """Put legs that follow each other together: paths of at most `most` places."""
    path: list[Spot] = []
    for origin, target in legs:
        if path and path[-1] == origin and len(path) < most:
            path.append(target)
            continue
        if path:
            yield path
        path = [origin, target]
    if path:
        yield path


def _travel(spots: Sequence[Spot], grid: Grid, source: str) -> Travel:
    at = {spot: number for number, spot in enumerate(grid.spots)}
    order = [at[spot] for spot in spots]
    return Travel(
        matrix=Matrix(
            distance_m=thrifty((grid.metres[row][column] for column in order) for row in order),
            duration_s=thrifty((grid.seconds[row][column] for column in order) for row in order),
            source=source,
        ),
        off_road_m=tuple(grid.off_road_m.get(spot) for spot in spots),
    )
