"""`python -m bench [NAME] [KEY=VALUE…]`: run one measurement, or all of them; print, and keep the result.

For each: a table for people, then one line of JSON, also written to bench/results/NAME.json.
"""

import json
import pkgutil
import sys
import traceback
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import ModuleType

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results"
# As pytest's pythonpath does: measurements start real servers (deploy/) and speak as probes (firmware-sim/).
sys.path[:0] = [str(FOLDER.parent / name) for name in ("deploy", "firmware-sim")]

from bench.result import BadChoice, choices, record, table  # noqa: E402


def measurements() -> list[str]:
    """The names of this folder's modules that define `run`, without importing them."""
    names = sorted(found.name for found in pkgutil.iter_modules([str(FOLDER)]) if not found.ispkg)
    return [name for name in names if "\ndef run(" in (FOLDER / f"{name}.py").read_text(encoding="utf-8")]


def measure(module: ModuleType, words: list[str]) -> None:
    """Run one measurement, print its table and its line, and keep the line."""
    chosen = choices(module, words)
    print(f"\n{module.TITLE}\n", flush=True)
    result = module.run(**chosen)
    line = json.dumps(record(module, chosen, result, datetime.now(UTC)), ensure_ascii=False)
    RESULTS.mkdir(exist_ok=True)
    name = module.__name__.rpartition(".")[2]
    (RESULTS / f"{name}.json").write_text(line + "\n", encoding="utf-8")
    print(f"{table(result.rows)}\n\n{line}", flush=True)


def main(words: list[str]) -> int:
    """Status 0 when every measurement asked for was taken, 1 when one failed, 2 when it does not exist."""
    known = measurements()
    named = [word for word in words if "=" not in word]
    if set(named) - set(known):
        print(
            f"No measurement {', '.join(named)}: there are {', '.join(known) or 'none yet'}.", file=sys.stderr
        )
        return 2
    failed = []
    for name in named or known:
        try:
            measure(import_module(f"bench.{name}"), [word for word in words if "=" in word])
        except BadChoice as why:
            print(why, file=sys.stderr)
            return 2
        except Exception:
            # One measurement that breaks must not cost the others, which may have taken minutes.
            traceback.print_exc()
            failed.append(name)
    if failed:
        print(f"Failed: {', '.join(failed)}.", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
