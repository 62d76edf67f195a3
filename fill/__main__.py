"""`python -m fill < in.json > out.json`: replay readings of one container. A bug report is one file.

A document with the field `foresee` asks for the outlook of the coming days instead (`fill.foresee`).

Exit status 0 with the answer, or 2 with `{"refused": "one sentence"}`. README.md has the format.
"""

import json
import sys
from typing import Any

from fill.document import (
    VERSION,
    calibration_from_document,
    event_to_document,
    facts_to_document,
    forecast_to_document,
    instant_from_text,
    reading_from_document,
    rules_from_document,
    state_from_document,
    state_to_document,
)
from fill.fold import first, fold, tick
from fill.forecast import forecast
from fill.foresee import foresee
from fill.model import DEFAULT, Event, Refused

FIELDS = {"v", "calibration", "rules", "state", "readings", "now", "horizon_s"}


def answer(document: object) -> dict[str, Any]:
    """Fold the readings as given, let time pass until `now`, look `horizon_s` ahead. Errors: `Refused`."""
    if not isinstance(document, dict):
        raise Refused("the document must be an object")
    if "foresee" in document:
        return foresee(document)
    unknown = sorted(str(key)[:40] for key in document.keys() - FIELDS)
    if unknown:
        raise Refused(f"the document has an unknown field, {unknown[0]!r}")
    for name in ("calibration", "readings", "now"):
        if name not in document:
            raise Refused(f"the document lacks {name}")
    if document.get("v") != VERSION:
        raise Refused(f"the document must have v = {VERSION}")
    if not isinstance(document["readings"], list):
        raise Refused("readings must be a list")
    horizon_s = document.get("horizon_s", 7 * 86_400)
    if not isinstance(horizon_s, int) or isinstance(horizon_s, bool):
        raise Refused("horizon_s must be an integer")
    now = instant_from_text("now", document["now"])
    calibration = calibration_from_document(document["calibration"])
    rules = rules_from_document(document["rules"]) if "rules" in document else DEFAULT
    state = state_from_document(document["state"]) if "state" in document else first(calibration)
    states, events = [], list[Event]()
    for given in document["readings"]:
        state, happened = fold(state, reading_from_document(given), calibration, rules)
        states.append(facts_to_document(state))
        events.extend(happened)
    state, happened = tick(state, now, calibration, rules)
    events.extend(happened)
    return {
        "v": VERSION,
        "states": states,
        "events": [event_to_document(event) for event in events],
        "state": state_to_document(state),
        "forecast": forecast_to_document(forecast(state, calibration, now, horizon_s, rules)),
    }


def main() -> int:
    """Read standard input, write standard output."""
    try:
        found, status = answer(json.loads(sys.stdin.buffer.read())), 0
    except Refused as refusal:
        found, status = {"refused": str(refusal)}, 2
    except (ValueError, RecursionError):
        found, status = {"refused": "the input is not JSON"}, 2
    print(json.dumps(found, ensure_ascii=False, indent=1))
    return status


if __name__ == "__main__":
    sys.exit(main())
