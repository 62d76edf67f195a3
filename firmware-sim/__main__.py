"""The command line: `python firmware-sim territory`, `truth`, `run`, `gates`, `meals-world` or `meals`.

Only this module reads arguments and the environment (passwords come from it).
"""

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from crew import Account, Crew, Robot
from equipment import Equipment, read_equipment
from fleet import Broker
from meals_belief import belief
from meals_service import Wish as MealsWish
from meals_service import play as play_meals
from meals_service import truth as meals_truth
from meals_staff import Driver, Family, Service
from meals_world import meals_world, write
from running import WINDOW, Refused, Wish, run
from saturday import CARS, play, read_sites
from saturday import Wish as GatesWish
from territory_plan import territory
from truth import truth
from world import world


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks; the exit status is 0, or 2 when it cannot be done."""
    asked = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="firmware-sim: %(message)s", stream=sys.stderr)
    try:
        do: Callable[[argparse.Namespace], int] = asked.do
        return do(asked)
    except (Refused, OSError, ValueError, KeyError) as error:
        print(f"firmware-sim: {type(error).__name__}: {error}", file=sys.stderr)
        return 2


def _territory(asked: argparse.Namespace) -> int:
    json.dump(territory(asked.seed), sys.stdout, ensure_ascii=False, indent=1)
    print()
    return 0


def _meals_world(asked: argparse.Namespace) -> int:
    made = meals_world(asked.seed, asked.first)
    if asked.folder is not None:
        write(made, asked.folder)
        return 0
    json.dump(made, sys.stdout, ensure_ascii=False, indent=1)
    print()
    return 0


def _meals(asked: argparse.Namespace) -> int:
    installed: dict[str, Any] = json.loads(asked.installed.read_text(encoding="utf-8"))
    robot_password = os.environ.get("GLANEUR_SIM_ROBOT_PASSWORD", "")
    service = Service(
        office=Account(asked.api, asked.office, os.environ.get("GLANEUR_SIM_API_PASSWORD", "")),
        drivers=[Driver(Account(asked.api, login, robot_password)) for login in asked.drivers],
        families={
            one["reference"]: Family(one["reference"], one["code"], Account(asked.api, None, ""))
            for one in installed.get("families", ())
        },
        numbers=installed["people"],
        held=belief(json.loads(asked.world.read_text(encoding="utf-8"))),
        seed=asked.seed,
        asks_a_day=asked.asks,
        plan_seconds=asked.plan_seconds,
    )
    wish = MealsWish(
        start=asked.start,
        real_start=asked.real_start or datetime.now(UTC),
        rate=asked.rate,
        for_s=asked.for_s,
        until=asked.until,
    )
    told = play_meals(wish, service, lambda: datetime.now(UTC))
    if asked.truth is not None:
        asked.truth.write_text(meals_truth(service), encoding="utf-8")
    print(json.dumps(told), flush=True)
    return 0


def _truth(asked: argparse.Namespace) -> int:
    equipment = _equipment(asked)
    history = timedelta(days=asked.history_days)
    stage = world(equipment, seed=asked.seed, start=asked.start, history=history, calendar_goes_on=True)
    document = truth(stage, asked.until or asked.start, timedelta(seconds=asked.every_s))
    json.dump({"seed": asked.seed, **document}, sys.stdout)
    print()
    return 0


def _run(asked: argparse.Namespace) -> int:
    host, _, port = asked.broker.partition(":")
    broker = Broker(
        host=host,
        port=int(port or 1883),
        username=asked.username,
        password=os.environ.get("GLANEUR_SIM_PASSWORD"),
    )
    wish = Wish(
        seed=asked.seed,
        start=asked.start,
        real_start=asked.real_start or datetime.now(UTC),
        rate=asked.rate,
        history=timedelta(days=asked.history_days),
        until=asked.until,
        for_s=asked.for_s,
        boot=asked.boot,
        window=asked.window,
        calendar_goes_on=asked.api is None,
    )
    crew_of = None if asked.api is None else lambda lifted_kg: _crew(asked, lifted_kg)
    print(json.dumps(run(wish, _equipment(asked), broker, crew_of)), flush=True)
    return 0


def _gates(asked: argparse.Namespace) -> int:
    host, _, port = asked.broker.partition(":") if asked.broker else ("", "", "")
    password = os.environ.get("GLANEUR_SIM_PASSWORD")
    broker = Broker(host=host, port=int(port or 1883), username=asked.username, password=password)
    api = urlsplit(asked.api)
    wish = GatesWish(
        seed=asked.seed,
        start=asked.start,
        real_start=asked.real_start or datetime.now(UTC),
        rate=asked.rate,
        cars=asked.cars,
        badge_key=bytes.fromhex(os.environ["GLANEUR_SIM_BADGE_KEY"]),
        api=(api.hostname or "127.0.0.1", api.port or 80),
        broker=broker if asked.broker else None,
        for_s=asked.for_s,
        round_the_clock=asked.round_the_clock,
    )
    sites = read_sites(asked.sites.read_text(encoding="utf-8"))
    print(json.dumps(play(wish, sites, lambda: datetime.now(UTC))), flush=True)
    return 0


def _crew(asked: argparse.Namespace, lifted_kg: Callable[[str], int | None]) -> Crew:
    """The watcher signs in as --api-login, else as the first robot, else not at all."""
    robot_password = os.environ.get("GLANEUR_SIM_ROBOT_PASSWORD", "")
    robots = [Robot(Account(asked.api, login, robot_password)) for login in asked.robots]
    if asked.api_login is not None:
        watcher = Account(asked.api, asked.api_login, os.environ.get("GLANEUR_SIM_API_PASSWORD", ""))
    else:
        watcher = robots[0].account if robots else Account(asked.api, None, "")
    return Crew(watcher=watcher, robots=robots, since=asked.start, lifted_kg=lifted_kg, seed=asked.seed)


def _equipment(asked: argparse.Namespace) -> tuple[Equipment, ...]:
    document: dict[str, Any] = json.loads(asked.territory.read_text(encoding="utf-8"))
    return read_equipment(document)


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text} has no zone: write 2026-11-22T07:00:00Z")
    return at.astimezone(UTC)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="firmware-sim", description="Probes and trucks, simulated.")
    verbs = parser.add_subparsers(required=True)

    verb = verbs.add_parser("territory", help="print the demonstration territory as JSON")
    verb.add_argument("--seed", type=int, default=1)
    verb.set_defaults(do=_territory)

    world_of = argparse.ArgumentParser(add_help=False)
    world_of.add_argument("--territory", type=Path, required=True, help="a document made by `territory`")
    world_of.add_argument("--seed", type=int, default=1)
    world_of.add_argument("--start", type=_instant, required=True, help="shown instant when live time begins")
    world_of.add_argument("--history-days", type=float, default=21)
    world_of.add_argument("--until", type=_instant, help="shown instant when to stop")

    verb = verbs.add_parser("truth", parents=[world_of], help="print what really happens, as JSON")
    verb.add_argument("--every-s", type=float, default=14400, help="shown seconds between two levels")
    verb.set_defaults(do=_truth)

    verb = verbs.add_parser("run", parents=[world_of], help="publish to a broker, then live on")
    verb.add_argument("--broker", default="127.0.0.1:1883", help="HOST:PORT")
    verb.add_argument("--username", help="its password: GLANEUR_SIM_PASSWORD")
    verb.add_argument("--rate", type=float, default=1.0, help="shown seconds per real second")
    verb.add_argument("--real-start", type=_instant, help="real instant that shows --start (default: now)")
    verb.add_argument("--for", dest="for_s", type=float, help="real seconds of publishing before stopping")
    verb.add_argument(
        "--boot", type=int, default=1, help="boot counter: raise it to run again elsewhere in time"
    )
    verb.add_argument("--window", type=int, default=WINDOW, help="most readings not yet acknowledged")
    verb.add_argument("--api", help="the platform, http://HOST:PORT: learn emptyings from it")
    verb.add_argument("--api-login", help="who reads emptyings; password: GLANEUR_SIM_API_PASSWORD")
    verb.add_argument("--robots", type=_logins, default=[], help="drivers a,b; GLANEUR_SIM_ROBOT_PASSWORD")
    verb.set_defaults(do=_run)
    _add_gates(verbs)
    _add_meals(verbs)
    return parser


def _add_gates(verbs: Any) -> None:
    verb = verbs.add_parser("gates", help="live a Saturday at the gates of déchetteries")
    verb.add_argument("--sites", type=Path, required=True, help="JSON: [{name, key, badges}], one a gate")
    verb.add_argument("--api", required=True, help="the platform, http://HOST:PORT")
    verb.add_argument("--broker", help="HOST:PORT; without it, nothing is journalled")
    verb.add_argument("--username", help="its password: GLANEUR_SIM_PASSWORD")
    verb.add_argument("--seed", type=int, default=1)
    verb.add_argument("--start", type=_instant, required=True, help="shown instant when the gates begin")
    verb.add_argument("--real-start", type=_instant, help="real instant that shows --start (default: now)")
    verb.add_argument("--rate", type=float, default=1.0, help="shown seconds per real second")
    verb.add_argument("--cars", type=int, default=CARS, help="cars a day and a site")
    verb.add_argument("--round-the-clock", action="store_true", help="cars come at any hour")
    verb.add_argument("--for", dest="for_s", type=float, help="real seconds before stopping")
    verb.set_defaults(do=_gates)


def _add_meals(verbs: Any) -> None:
    verb = verbs.add_parser("meals-world", help="print people who get meals, a kitchen's card and vans")
    verb.add_argument("--seed", type=int, default=1)
    verb.add_argument(
        "--first", type=date.fromisoformat, required=True, help="menus from this day's Monday on"
    )
    verb.add_argument("--folder", type=Path, help="write one file for each `glaneur meals` command instead")
    verb.set_defaults(do=_meals_world)

    verb = verbs.add_parser("meals", help="families, the office and drivers of a meals' service, at work")
    verb.add_argument("--api", required=True, help="the platform, http://HOST:PORT")
    verb.add_argument("--world", type=Path, required=True, help="the world.json of `meals-world`")
    verb.add_argument("--installed", type=Path, required=True, help="JSON: the platform's numbers of people")
    verb.add_argument("--office", default="portage", help="its password: GLANEUR_SIM_API_PASSWORD")
    verb.add_argument("--drivers", type=_logins, default=[], help="a,b,c; GLANEUR_SIM_ROBOT_PASSWORD")
    verb.add_argument("--seed", type=int, default=1)
    verb.add_argument("--start", type=_instant, required=True, help="shown instant when they begin")
    verb.add_argument("--real-start", type=_instant, help="real instant that shows --start (default: now)")
    verb.add_argument("--rate", type=float, default=1.0, help="shown seconds per real second")
    verb.add_argument("--asks", type=int, default=40, help="requests of families a day")
    verb.add_argument("--plan-seconds", type=int, default=10, help="what the planner may take")
    verb.add_argument("--for", dest="for_s", type=float, help="real seconds before stopping")
    verb.add_argument("--until", type=_instant, help="shown instant when to stop")
    verb.add_argument("--truth", type=Path, help="write each request, door and tap there as JSON")
    verb.set_defaults(do=_meals)


def _logins(text: str) -> list[str]:
    return [login for login in text.split(",") if login]


if __name__ == "__main__":
    sys.exit(main())
