"""The boards and alert rules against JSON Schemas of Grafana's documents, panels' options included.

The SDK publishes its schemas in its repository, and in no package; these are made from the types of its npm
package at the version that builds the boards (schemas.mjs), where every field that is not named is forbidden.
"""

import copy
import json
import subprocess
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from bench.boards import boards
from dashboards.__main__ import generated
from dashboards.alerts import FOLDER, GROUP

HERE = Path(__file__).parent
SCHEMAS: dict[str, Any] = json.loads((HERE.parent / "data/grafana/schemas.json").read_text(encoding="utf-8"))
JUDGES = {name: Draft7Validator(schema) for name, schema in SCHEMAS.items() if name != "comment"}
PACKAGES = {"status-history": "statushistory"}
WITHOUT_OWN_FIELDS = {"bargauge", "geomap", "stat"}
BOARDS = {board["uid"]: board for board in boards()}
Document = dict[str, Any]


def faults(board: Document) -> Iterator[str]:
    """What the schemas say against a board, then against each panel's options and field settings."""
    yield from (error.message for error in JUDGES["dashboard.Dashboard"].iter_errors(board))
    for panel in board["panels"]:
        kind = PACKAGES.get(panel.get("type"), panel.get("type"))
        if f"{kind}.Options" not in JUDGES:
            yield f"no schema of {kind}"
            continue
        yield from (
            error.message for error in JUDGES[f"{kind}.Options"].iter_errors(panel.get("options", {}))
        )
        own = panel["fieldConfig"]["defaults"].get("custom", {})
        if kind not in WITHOUT_OWN_FIELDS:
            yield from (error.message for error in JUDGES[f"{kind}.FieldConfig"].iter_errors(own))
        elif own:
            yield f"{kind} has no field settings of its own"


def rules() -> list[Document]:
    """The alert rules, each with what provisioning says once for their group."""
    text = next(text for path, text in generated().items() if path.name == "rules.json")
    group = json.loads(text)["groups"][0]
    named = {"folderUID": FOLDER, "orgID": group["orgId"], "ruleGroup": GROUP}
    return [rule | named for rule in group["rules"]]


@pytest.mark.parametrize("uid", BOARDS)
def test_a_board_is_what_the_schemas_allow(uid: str) -> None:
    """Every field known, of its type, none missing: board, variables, links, panels, options, thresholds."""
    assert list(faults(BOARDS[uid])) == []


def test_alert_rules_are_what_the_schema_allows() -> None:
    """Each rule is one that Grafana's provisioning can hold."""
    for rule in rules():
        assert [error.message for error in JUDGES["alerting.Rule"].iter_errors(rule)] == []


def _defaults(board: Document, kind: str) -> Document:
    panel = next(panel for panel in board["panels"] if panel["type"] == kind)
    found: Document = panel["fieldConfig"]["defaults"]
    return found


SPOILT: dict[str, Callable[[Document], object]] = {
    "a word the board does not know": lambda board: board.update(titel="x"),
    "a title that is a number": lambda board: board.update(title=3),
    "a panel without a kind": lambda board: board["panels"][0].pop("type"),
    "an unknown field default": lambda board: _defaults(board, "stat").update(untis="short"),
    "a threshold without a colour": lambda board: _defaults(board, "stat")["thresholds"]["steps"][0].pop(
        "color"
    ),
    "an unknown colour mode": lambda board: _defaults(board, "timeseries")["color"].update(mode="pallet"),
    "an unknown way to draw": lambda board: _defaults(board, "timeseries")["custom"].update(drawStyle="pie"),
    "an option of another panel": lambda board: board["panels"][0]["options"].update(barWidth=1),
    "an option of the wrong type": lambda board: board["panels"][0]["options"].update(graphMode=True),
    "a variable of no known kind": lambda board: board["templating"]["list"][0].update(type="choice"),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_the_schemas_condemn_a_spoilt_board(spoil: Callable[[Document], object]) -> None:
    """The judge is able to condemn, at every depth."""
    board = copy.deepcopy(BOARDS["glaneur-ensemble"])
    assert board["panels"][0]["type"] == "stat"
    spoil(board)
    assert list(faults(board))


def test_the_schemas_condemn_a_spoilt_rule() -> None:
    """An unknown state, and a rule without a condition."""
    rule = rules()[0]
    assert list(JUDGES["alerting.Rule"].iter_errors(rule | {"noDataState": "Silent"}))
    del rule["condition"]
    assert list(JUDGES["alerting.Rule"].iter_errors(rule))


def test_the_schemas_are_those_of_the_sdk_that_builds_the_boards() -> None:
    """Made again from the npm package they are the same, and its version is the Python package's."""
    made = subprocess.run(
        ["node", str(HERE / "schemas.mjs")], capture_output=True, text=True, timeout=300, check=True
    )
    assert json.loads(made.stdout) == SCHEMAS
    ours = version("grafana-foundation-sdk").removeprefix("v")
    assert f" v{ours} " in SCHEMAS["comment"]
