"""Writes down what really happens, for tests and measurements that compare beliefs with it.

Knows the world. Refuses to know what anyone else concludes. Percent of volume, litres, UTC.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from waste_model import advance, fill
from wire import rfc3339
from world import World, due


def truth(stage: World, until: datetime, every: timedelta) -> dict[str, Any]:
    """Run the world to `until`; return who misbehaves, the incidents, the lifts and the levels.

    `levels` holds one percent per instant of `instants`, from the beginning of the history.
    """
    instants, levels = [], {column.code: list[float]() for column in stage.columns}
    for at in _instants(stage.begins, until, every):
        for _ in due(stage, at):
            pass
        instants.append(rfc3339(at))
        for column in stage.columns:
            advance(column, at)
            levels[column.code].append(round(100 * fill(column), 2))
    return {
        "start": rfc3339(stage.start),
        "until": rfc3339(until),
        "instants": instants,
        "devices": [_device(stage, index, until) for index in range(len(stage.probes))],
        "containers": [
            {
                "code": column.code,
                "stream": column.stream,
                "litres_per_day": round(column.litres_per_day, 2),
                "brought_l": round(column.brought_l, 1),
                "present_l": round(column.litres, 1),
                "overflow_l": round(column.overflow_l, 1),
                "lifts": [{"at": rfc3339(one.at), "litres": round(one.litres, 1)} for one in column.lifts],
                "levels": levels[column.code],
            }
            for column in stage.columns
        ],
    }


def _instants(since: datetime, until: datetime, every: timedelta) -> Iterator[datetime]:
    at = since
    while at < until:
        yield at
        at += every
    yield until


def _device(stage: World, index: int, until: datetime) -> dict[str, Any]:
    probe = stage.probes[index]
    return {
        "serial": probe.equipment.serial,
        "container": probe.equipment.container,
        "fault": None if probe.fault is None else probe.fault.kind,
        "since": None if probe.fault is None else rfc3339(probe.fault.since),
        "wakes_on_lift": probe.wakes_on_lift,
        "incidents": [
            {"kind": one.kind, "at": rfc3339(one.at), "until": rfc3339(one.until), "value": one.value}
            for one in stage.incidents[index]
            if one.at <= until
        ],
    }
