"""What the demonstration runs, each with its settings: the platform as in production, the simulator."""

from dataclasses import dataclass
from pathlib import Path

from api.demo.broker import RunningBroker
from api.demo.children import ROOT, Children
from api.demo.gates import GateKeys
from api.demo.meals import FOLDER, HealthKey, people_at_work
from store.clock import Clock

SIMULATOR = ROOT / "firmware-sim"
MAILS, SMS = "courriels", "sms"
GATES = "bornes.json"


@dataclass(frozen=True, slots=True)
class Choices:
    """What the person chose: seconds to run (0: until Ctrl-C), speed, history, seed."""

    seconds: int
    rate: float
    history_days: int
    seed: int
    port: int
    folder: Path


def start_platform(
    children: Children, dsn: str, broker: RunningBroker, url: str, folder: Path, secret: dict[str, str]
) -> None:
    """API, worker and ingest, with the settings an operator would give."""
    common = {"GLANEUR_DATABASE": dsn, **secret}
    mail = {"GLANEUR_SMTP": (folder / MAILS).as_uri(), "GLANEUR_PUBLIC_URL": url}
    mail |= {"GLANEUR_SMS_URL": (folder / SMS).as_uri()}
    port = url.rsplit(":", 1)[1]
    children.start(
        "api", ["-m", "api.cli", "api"], GLANEUR_PORT=port, GLANEUR_COOKIE_SECURE="false", **common
    )
    children.start("worker", ["-m", "api.cli", "worker"], GLANEUR_BROKER=broker.url, **mail, **common)
    # amqtt leaves an MQTT 5 greeting unanswered: do not wait for it.
    mqtt = "auto" if broker.kind == "mosquitto" else "3.1.1"
    # A territory's probes are far from filling one process: the fewer start, the sooner it is ready.
    quiet = {"GLANEUR_MQTT": mqtt, "GLANEUR_INGEST_WRITERS": "1"}
    children.start("ingest", ["-m", "api.cli", "ingest"], GLANEUR_BROKER=broker.url, **quiet, **common)


def start_probes(
    children: Children, broker: RunningBroker, url: str, clock: Clock, password: str, choices: Choices
) -> None:
    """The probes of the territory and the trucks' robots."""
    children.start(
        "probes",
        [
            str(SIMULATOR), "run",
            "--territory", str(choices.folder / "territory.json"),
            "--broker", f"{broker.host}:{broker.port}",
            "--username", broker.username,
            "--seed", str(choices.seed),
            "--rate", str(choices.rate),
            "--start", clock.shown_start.isoformat(),
            "--real-start", clock.real_start.isoformat(),
            "--history-days", str(choices.history_days),
            "--api", url,
            "--api-login", "regulation",
            "--robots", "chauffeur2,chauffeur3",
        ],
        GLANEUR_SIM_PASSWORD=broker.password,
        GLANEUR_SIM_API_PASSWORD=password,
        GLANEUR_SIM_ROBOT_PASSWORD=password,
    )  # fmt: skip


def start_gates(
    children: Children, broker: RunningBroker, url: str, clock: Clock, keys: GateKeys, choices: Choices
) -> None:
    """The gates of the déchetteries and who passes there."""
    children.start(
        "gates",
        [
            str(SIMULATOR), "gates",
            "--sites", str(choices.folder / GATES),
            "--api", url,
            "--broker", f"{broker.host}:{broker.port}",
            "--username", broker.username,
            "--seed", str(choices.seed),
            "--rate", str(choices.rate),
            "--start", clock.shown_start.isoformat(),
            "--real-start", clock.real_start.isoformat(),
            "--round-the-clock",
        ],
        GLANEUR_SIM_PASSWORD=broker.password,
        GLANEUR_SIM_BADGE_KEY=keys.badge,
    )  # fmt: skip


def start_meals(children: Children, url: str, clock: Clock, password: str, choices: Choices) -> None:
    """Families, the meals' office and its drivers."""
    children.start(
        "meals",
        [
            *people_at_work(SIMULATOR, choices.folder),
            "--api", url,
            "--seed", str(choices.seed),
            "--rate", str(choices.rate),
            "--start", clock.shown_start.isoformat(),
            "--real-start", clock.real_start.isoformat(),
        ],
        GLANEUR_SIM_API_PASSWORD=password,
        GLANEUR_SIM_ROBOT_PASSWORD=password,
    )  # fmt: skip


def start_past(children: Children, dsn: str, folder: Path, seed: int, sealed: HealthKey) -> None:
    """The meals' last weeks, told while the pages are open already; it ends by itself."""
    world = str(folder / FOLDER / "world.json")
    children.start_passing(
        "past",
        ["-m", "api.demo.meals_past", world, str(seed)],
        GLANEUR_DATABASE=dsn,
        **sealed.environment(),
    )
