"""The command line: a case in, its bill out, so that a contested bill is one file.

    python -m tariff GRIDS… < usage.json > bill.json
    python -m tariff --texte GRIDS… < usage.json      # the same bill explained in French
    python -m tariff --verifie GRIDS…                    # only read the grids

GRIDS are TOML files, or folders of them. Exit: 0 done; 1 refused, with file, line and sentence; 2 bad
command.
"""

import argparse
import json
import sys
from pathlib import Path

from tariff.billing import bill
from tariff.documents import read_json, write_bill, write_refused
from tariff.explain import explain, explain_refused
from tariff.grids import read_grids
from tariff.model import Refused


def main(arguments: list[str]) -> int:
    """Run the command and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        texts = _texts(options.grids)
    except (OSError, UnicodeDecodeError) as why:
        print(f"{why}", file=sys.stderr)
        return 1
    grids, problems = read_grids(texts)
    if problems:
        print("\n".join(map(str, problems)), file=sys.stderr)
        return 1
    if options.verifie:
        for grid in grids:
            print(f"{grid.file} : {grid.name}, {grid.collectivity}, à partir du {grid.valid.first}")
        return 0
    case, problems = read_json("usage.json", sys.stdin.buffer.read())
    if case is None:
        print("\n".join(map(str, problems)), file=sys.stderr)
        return 1
    if case.unknown:
        print(f"Corrections d'événements inconnus : {', '.join(case.unknown)}.", file=sys.stderr)
    found = bill(case.usage, case.situation, grids, case.period)
    if isinstance(found, Refused):
        refused = (
            explain_refused(found) if options.texte else json.dumps(write_refused(found), ensure_ascii=False)
        )
        print(refused)
        return 1
    print(explain(found) if options.texte else json.dumps(write_bill(found), ensure_ascii=False, indent=1))
    return 0


def _texts(given: list[str]) -> dict[str, str]:
    paths: list[Path] = []
    for one in map(Path, given):
        paths += sorted(one.glob("*.toml")) if one.is_dir() else [one]
    return {str(path): path.read_text(encoding="utf-8") for path in paths}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tariff", description="Compute and explain a bill.")
    parser.add_argument("grids", nargs="+", metavar="GRIDS", help="TOML files or folders of them")
    parser.add_argument("--texte", action="store_true", help="explain the bill in French")
    parser.add_argument("--verifie", action="store_true", help="read the grids and stop")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
