"""What a driver's « Fait » means for what is believed of a container: `fill` decides, this moves rows.

A probe that is believed needs one low reading less; where it is not, the estimate starts again. A « Fait »
that is taken back has the containers believed anew by the worker.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from api.devices.mountings import ask_recompute
from fill.document import state_from_document, state_to_document
from fill.emptyings import told
from fill.model import Refused
from store.queries import named_queries

_SQL = named_queries("api.driver")
_log = logging.getLogger(__name__)

Words = Sequence[tuple[int, datetime]]


def tell_levels(connection: Connection[DictRow], emptied: Words, denied: Words) -> None:
    """Tell the states of the containers said to be emptied, in the caller's transaction."""
    wanted = sorted({container for container, _ in emptied})
    rows = connection.execute(_SQL["hold_states"], {"ids": wanted}).fetchall() if wanted else []
    for row in rows:
        try:
            state = state_from_document(row["memory"])
        except Refused as refused:
            _log.error(
                "container %s: its memory cannot be read (%s), left as it is", row["container_id"], refused
            )
            continue
        after = state
        for at in sorted(at for container, at in emptied if container == row["container_id"]):
            after = told(after, at)
        if after is not state:
            memory = Jsonb(state_to_document(after))
            connection.execute(_SQL["write_told"], {"id": row["container_id"], "memory": memory})
    if denied:
        containers = sorted({container for container, _ in denied})
        ask_recompute(connection, [], containers, min(at for _, at in denied) - timedelta(days=1), None)
