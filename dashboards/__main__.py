"""`python -m dashboards`: write `generated/*.json` and the alert rules of `deploy/grafana` again."""

import json
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from dashboards import alerts, filling, meals, overview, platform_board, probes, rounds, sites, tariff

HERE = Path(__file__).parent
RULES = HERE.parent / "deploy/grafana/provisioning/alerting/rules.json"
BOARDS = (overview, filling, probes, rounds, sites, tariff, meals, platform_board)
"""In the order in which they are offered."""


def generated() -> dict[Path, str]:
    """Return what every generated file should hold, by its path."""
    boards = [module.board() for module in BOARDS]
    documents: dict[Path, object] = {HERE / f"generated/{board.uid}.json": board for board in boards}
    documents[RULES] = alerts.provisioning()
    texts = {
        path: json.dumps(document, cls=JSONEncoder, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        for path, document in documents.items()
    }
    # Not JSON: Grafana takes every .json of this folder for a board.
    texts[HERE / "generated/order.txt"] = "".join(f"{board.uid}\n" for board in boards)
    return texts


def main() -> None:
    """Write them."""
    for path, text in generated().items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(HERE.parent))


if __name__ == "__main__":
    main()
