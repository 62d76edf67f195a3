"""What answers to downlinks change in the database, in the caller's transaction.

An answer counts only when it comes from the device that was asked, and only forwards: what was acknowledged
does not fail afterwards. A reporting interval that the probe acknowledged becomes the one we expect of it.
"""

from collections.abc import Iterable
from datetime import datetime

import psycopg
from psycopg.rows import DictRow

from ingest.downlinks import Answer
from store.queries import named_queries

_QUERIES = named_queries("ingest")


def write_answers(cursor: psycopg.Cursor[DictRow], answers: Iterable[tuple[Answer, datetime]]) -> int:
    """Note each answer with its instant of reception; return how many changed what we knew."""
    changed = 0
    # In one order, so that two processes never wait for each other.
    for answer, at in sorted(answers, key=lambda pair: (pair[0].downlink_id.bytes, pair[1])):
        cursor.execute(
            _QUERIES["take_answer"],
            {
                "id": answer.downlink_id,
                "outcome": answer.outcome,
                "error": answer.error,
                "at": at,
                "serial": answer.serial,
                "dev_eui": answer.dev_eui,
                "network_path": answer.network_path,
            },
        )
        found = cursor.fetchone()
        if found is None:
            continue
        changed += 1
        if found["kind"] == "interval" and answer.outcome == "acknowledged":
            cursor.execute(_QUERIES["learn_interval"], {"device_id": found["device_id"], "s": found["value"]})
    return changed
