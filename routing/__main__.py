"""The command line: documents in, documents out, so that a bug report is one file.

    python -m routing [--seconds 10] [--seed 1] < problem.json > plan.json
    python -m routing check problem.json plan.json
    python -m routing schema problem
    python -m routing read X-n106-k14.vrp > problem.json
    python -m routing read Milano.geojson --report report.txt --day 0 > problem.json

Exit: 0 done; 1 the problem was refused or the plan breaks a rule (printed); 2 unreadable command.
"""

import argparse
import json
import sys
from pathlib import Path

from routing.checker import violations
from routing.document import TYPES, parse, render, schema
from routing.files import read_pvrpif, read_text
from routing.model import Plan, Problem, Refused
from routing.solve import solve


def main(arguments: list[str]) -> int:
    """Run one command and return its exit status."""
    options = _parser().parse_args(arguments)
    if options.command == "check":
        return _check(Path(options.problem), Path(options.plan))
    if options.command == "schema":
        print(json.dumps(schema(options.name), ensure_ascii=False, indent=1))
        return 0
    if options.command == "read":
        return _read(options)
    problem = parse(Problem, sys.stdin.buffer.read())
    answer = problem if isinstance(problem, Refused) else _solve(problem, options)
    print(render(answer))
    return 0 if isinstance(answer, Plan) else 1


def _solve(problem: Problem, options: argparse.Namespace) -> Plan | Refused:
    def progress(part: float, plan: Plan) -> None:
        left = f", {len(plan.unserved)} non servis" if plan.unserved else ""
        print(f"{part:4.0%}  {plan.cost_cents / 100:.2f} €{left}  ({plan.engine})", file=sys.stderr)

    return solve(problem, seconds=options.seconds, seed=options.seed, steps=options.steps, progress=progress)


def _read(options: argparse.Namespace) -> int:
    text = Path(options.file).read_text(encoding="utf-8")
    if options.report is None:
        problem = read_text(text, vehicles=options.vehicles)
    else:
        problem = read_pvrpif(text, Path(options.report).read_text(encoding="utf-8"), options.day)
    print(render(problem))
    return 0 if isinstance(problem, Problem) else 1


def _check(problem_path: Path, plan_path: Path) -> int:
    problem = parse(Problem, problem_path.read_bytes())
    plan = parse(Plan, plan_path.read_bytes())
    for document in (problem, plan):
        if isinstance(document, Refused):
            print(render(document))
            return 1
    assert isinstance(problem, Problem) and isinstance(plan, Plan)  # noqa: S101, PT018 - narrowed above
    found = violations(problem, plan)
    for violation in found:
        print(render(violation))
    return 1 if found else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m routing", description="Plan rounds, or check a plan.")
    parser.add_argument("--seconds", type=float, default=10.0, help="budget (default 10)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, help="stop each search after so many steps: reproducible")
    commands = parser.add_subparsers(dest="command")
    check = commands.add_parser("check", help="judge a plan")
    check.add_argument("problem")
    check.add_argument("plan")
    read = commands.add_parser("read", help="turn a public benchmark file into a problem")
    read.add_argument("file", help="CVRPLIB, VRPLIB, Solomon or (with --report) PVRP-IF")
    read.add_argument("--vehicles", type=int, help="how many there are, whatever the file says")
    read.add_argument("--report", help="the published report that assigns a PVRP-IF file's customers to days")
    read.add_argument("--day", type=int, default=0)
    commands.add_parser("schema", help="print a document's JSON schema").add_argument("name", choices=TYPES)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
