"""The boards' JSON: generated as committed, what Grafana's SDK understands whole, and laid out with care."""

import json
import re
from itertools import combinations
from typing import Any

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import dashboard, units

from bench.boards import boards
from dashboards.__main__ import generated
from dashboards.house import KIND

BOARDS = {board["uid"]: board for board in boards()}
PANELS = [(board, panel) for board in BOARDS.values() for panel in board["panels"]]
UNITS = {value for name, value in vars(units).items() if isinstance(value, str) and not name.startswith("_")}
each_board = pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)


def test_what_is_generated_is_what_is_committed() -> None:
    """Nobody edited the JSON by hand, and nobody forgot to write it again."""
    assert [path.name for path, text in generated().items() if path.read_text(encoding="utf-8") != text] == []


@each_board
def test_the_sdk_reads_a_board_whole(board: dict[str, Any]) -> None:
    """Through the SDK's own types and back nothing is lost: no field is misspelt or out of its place."""
    register_default_plugins()
    read = dashboard.Dashboard.from_json(board)
    assert json.loads(json.dumps(read, cls=JSONEncoder)) == board


def test_the_round_trip_sees_a_misspelt_field() -> None:
    """The judge above is able to condemn: an unknown word does not come back."""
    register_default_plugins()
    spoilt = json.loads(json.dumps(next(iter(BOARDS.values()))))
    spoilt["panels"][0]["fieldConfig"]["defaults"]["untis"] = "short"
    read = dashboard.Dashboard.from_json(spoilt)
    assert json.loads(json.dumps(read, cls=JSONEncoder)) != spoilt


@each_board
def test_panels_are_numbered_titled_and_do_not_overlap(board: dict[str, Any]) -> None:
    """Ids are unique, titles are not doubled, every panel explains itself, none covers another."""
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert len({panel["title"] for panel in panels}) == len(panels)
    assert all(panel["description"] for panel in panels)
    for one, other in combinations([panel["gridPos"] for panel in panels], 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (board["uid"], one, other)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)


@each_board
def test_units_and_data_sources(board: dict[str, Any]) -> None:
    """Every figure has a unit Grafana knows; every query goes to the source that is chosen."""
    for panel in board["panels"]:
        own = [
            each["value"]
            for override in panel["fieldConfig"]["overrides"]
            for each in override["properties"]
            if each["id"] == "unit"
        ]
        assert {panel["fieldConfig"]["defaults"]["unit"], *own} <= UNITS, panel["title"]
        target = panel["targets"][0]
        assert panel["datasource"] == target["datasource"] == {"type": KIND, "uid": "${source}"}
        assert target["format"] in ("table", "time_series")
    names = {variable["name"] for variable in board["templating"]["list"]}
    used = {
        name for panel in board["panels"] for name in re.findall(r"\$\{(\w+):", panel["targets"][0]["rawSql"])
    }
    assert used <= names


@each_board
def test_a_variable_enters_sql_quoted_and_in_no_other_way(board: dict[str, Any]) -> None:
    """`${name:sqlstring}` only, and inside an array, so that even no value at all is SQL."""
    texts = [panel["targets"][0]["rawSql"] for panel in board["panels"]]
    texts += [one["query"] for one in board["templating"]["list"] if one["type"] == "query"]
    for text in texts:
        bare = re.sub(r"ARRAY\[\$\{\w+:sqlstring\}\]::text\[\]", "", text)
        assert set(re.findall(r"\$\w+|\$\{", bare)) <= {
            "$__timeFilter", "$__timeGroupAlias", "$__interval", "$__timeTo",
        }, text  # fmt: skip


@each_board
def test_boards_lead_to_one_another_and_to_our_pages(board: dict[str, Any]) -> None:
    """Links keep the period and the choices; Paris time; one tag finds them all."""
    others, ours = board["links"]
    assert (others["type"], others["tags"], others["keepTime"], others["includeVars"]) == (
        "dashboards", ["glaneur"], True, True,
    )  # fmt: skip
    assert ours["url"].startswith("${glaneur}/")
    assert (board["timezone"], board["tags"]) == ("Europe/Paris", ["glaneur"])


def test_alert_rules_say_when_and_what() -> None:
    """Rules are told apart, compare a figure, and name nothing of the environment (`$`)."""
    text = next(text for path, text in generated().items() if path.name == "rules.json")
    rules = json.loads(text)["groups"][0]["rules"]
    assert len({rule["uid"] for rule in rules}) == len(rules) >= 5
    assert "$" not in text
    for rule in rules:
        query, compared = rule["data"]
        assert (rule["condition"], compared["model"]["expression"]) == (compared["refId"], query["refId"])
        assert query["datasourceUid"] == "glaneur"
        assert rule["annotations"]["summary"]
