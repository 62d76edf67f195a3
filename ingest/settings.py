"""What ingest needs to know to run, read from the environment once and refused in one sentence when wrong."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ingest.codecs.library import BadHints, Library, read_scripts
from ingest.envelopes.routes import ROUTES, Route
from ingest.gate import TOPICS as GATE_TOPICS
from ingest.message import DEFAULT_LIMITS, Limits
from ingest.uplinks import Networks
from store.metrics import Address, BadAddress, read_address

TOPICS = ("glaneur/1/+/up", "glaneur/1/+/status", "glaneur/1/+/ack", *GATE_TOPICS)
"""The native contract's, and the gates' (api/gate/README.md)."""

# Mosquitto 2.0.21 gives a closed member its share as long as its session lives, and gives it to nobody when
# the session ends (measured: ingest/README.md). A day is long enough for somebody to come and look.
SHARED_EXPIRY_S = 86_400

MOST_WRITERS = 32


class BadSettings(ValueError):
    """A setting is missing or cannot be; the message is one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where the broker listens, and as whom to sign in."""

    host: str
    port: int = 1883
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything `ingest.consumer.run` depends on. Seconds where a name ends in `_s`."""

    database: str = field(repr=False)
    broker: Broker
    client_id: str = "glaneur-ingest"  # the broker's name for our session: one process, one name, for ever
    batch: int = 1000  # messages a transaction holds at most; the broker sends twice as many unacknowledged
    linger_s: float = 0.05  # from the first message of a batch to its writing, at most
    share: str | None = None  # group of an MQTT 5 shared subscription, when several processes share the work
    session_expiry_s: int = 30 * 86_400  # how long the broker keeps our queue when we are away
    mqtt: str = "auto"  # "5" or "3.1.1" to speak only that; auto tries 5 first
    limits: Limits = DEFAULT_LIMITS
    topics: tuple[str, ...] = (*TOPICS, *(route.pattern for route in ROUTES))
    routes: tuple[Route, ...] = ROUTES  # which of them carry which network's envelope
    codecs: Path | None = None  # where vendors' own codecs were dropped
    metrics: Address | None = None  # where /metrics, /healthz and /readyz are; None for nowhere
    writers: int = 1  # processes that write what this one receives; 1: it does both (ingest/README.md)
    leaving: bool = False  # `retire`: subscribe no more, empty the queue, end the session (MQTT 5)

    def __post_init__(self) -> None:
        if not self.client_id:
            raise BadSettings("the client identifier is empty: the broker could not keep our session")
        if not 1 <= self.batch <= 65_535:
            raise BadSettings("the batch must hold 1 to 65535 messages")
        if not 1 <= self.writers <= MOST_WRITERS:
            raise BadSettings(f"there must be 1 to {MOST_WRITERS} writers")
        if self.linger_s < 0 or self.session_expiry_s < 0:
            raise BadSettings("a duration is negative")
        if self.mqtt not in ("auto", "5", "3.1.1"):
            raise BadSettings("the MQTT version must be auto, 5 or 3.1.1")
        if self.share is not None and (not self.share or set(self.share) & set("/+#")):
            raise BadSettings("the share group must be a word without /, + and #")
        if self.share is not None and self.session_expiry_s < SHARED_EXPIRY_S:
            raise BadSettings(
                f"a member of a share needs a session of at least {SHARED_EXPIRY_S} s:"
                " when it ends, the broker throws away what waits in it"
            )

    @property
    def window(self) -> int:
        """Messages the broker sends unacknowledged: while a batch is written the next may come.

        With several writers twice as many again, because acknowledgements go out in the order of arrival: the
        messages of the one that is ahead wait for those of the one that is behind.
        """
        return min((2 if self.writers == 1 else 4 * self.writers) * self.batch, 65_535)

    @property
    def filters(self) -> tuple[str, ...]:
        """The topic filters to subscribe to."""
        return self.topics if self.share is None else tuple(f"$share/{self.share}/{t}" for t in self.topics)


def read_broker(url: str) -> Broker:
    """Return the broker `mqtt://user:password@host:port` (or `mqtts://`) names."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        raise BadSettings("the broker's port is not a number from 0 to 65535") from None
    if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
        raise BadSettings("the broker must be written mqtt://user:password@host:port, or mqtts://…")
    tls = parts.scheme == "mqtts"
    return Broker(
        host=parts.hostname,
        port=port or (8883 if tls else 1883),
        username=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
        tls=tls,
    )


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Return the settings the environment holds (see README.md); raises `BadSettings`."""
    database = environment.get("GLANEUR_DATABASE", "")
    broker = environment.get("GLANEUR_BROKER", "")
    if not database or not broker:
        raise BadSettings(
            "GLANEUR_DATABASE and GLANEUR_BROKER must say where the database and the broker are"
        )
    share = environment.get("GLANEUR_SHARE") or None
    if share is not None and not environment.get("GLANEUR_CLIENT_ID"):
        raise BadSettings("GLANEUR_SHARE needs a GLANEUR_CLIENT_ID of its own for each process")
    topics, routes = read_topics(environment)
    return Settings(
        database=database,
        broker=read_broker(broker),
        client_id=environment.get("GLANEUR_CLIENT_ID", "glaneur-ingest"),
        batch=_integer(environment, "GLANEUR_BATCH", 1000),
        share=share,
        mqtt=environment.get("GLANEUR_MQTT") or "auto",
        session_expiry_s=_integer(environment, "GLANEUR_SESSION_EXPIRY_S", 30 * 86_400),
        limits=read_limits(environment),
        topics=topics,
        routes=routes,
        codecs=read_codecs_folder(environment),
        writers=_integer(environment, "GLANEUR_INGEST_WRITERS", _writers_by_cores()),
        metrics=read_metrics(environment),
    )


def read_metrics(environment: Mapping[str, str]) -> Address | None:
    """Return where metrics are to be served; raises `BadSettings`."""
    try:
        return read_address(environment.get("GLANEUR_METRICS", ""))
    except BadAddress as error:
        raise BadSettings(str(error)) from None


def _writers_by_cores() -> int:
    # One on one core, where there is nothing to divide; the broker and the database want cores too.
    return min(4, len(os.sched_getaffinity(0)))


def read_limits(environment: Mapping[str, str]) -> Limits:
    """Return what is too large, too early or too late; raises `BadSettings`."""
    return Limits(
        max_bytes=_integer(environment, "GLANEUR_MAX_BYTES", DEFAULT_LIMITS.max_bytes),
        future_s=_integer(environment, "GLANEUR_FUTURE_S", DEFAULT_LIMITS.future_s),
        late_s=_integer(environment, "GLANEUR_LATE_DAYS", DEFAULT_LIMITS.late_s // 86_400) * 86_400,
    )


def read_topics(environment: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[Route, ...]]:
    """Return what to subscribe to, and the envelope of each topic that is a network's; raises `BadSettings`.

    GLANEUR_TOPICS lists, between commas or spaces, `native` and `PATTERN=ENVELOPE`; without it, the native
    topics and each network's usual ones.
    """
    listed = environment.get("GLANEUR_TOPICS", "").replace(",", " ").split()
    if not listed:
        return (*TOPICS, *(route.pattern for route in ROUTES)), ROUTES
    topics: list[str] = []
    routes: list[Route] = []
    for one in listed:
        if one == "native":
            topics += TOPICS
            continue
        pattern, _, envelope = one.rpartition("=")
        try:
            routes.append(Route(pattern, envelope))
        except ValueError as error:
            raise BadSettings(f"GLANEUR_TOPICS holds {ascii(one)[:80]}: {error}") from None
        topics.append(pattern)
    return tuple(topics), tuple(routes)


def read_codecs_folder(environment: Mapping[str, str]) -> Path | None:
    """Return the folder of vendors' own codecs; raises `BadSettings` when it is not one."""
    given = environment.get("GLANEUR_CODECS", "")
    if given and not Path(given).is_dir():
        raise BadSettings("GLANEUR_CODECS is not a folder")
    return Path(given) if given else None


def read_networks(environment: Mapping[str, str]) -> Networks:
    """Return what is understood beside the native contract; raises `BadSettings`."""
    return networks_of(read_topics(environment)[1], read_codecs_folder(environment))


def networks_of(routes: tuple[Route, ...], folder: Path | None) -> Networks:
    """Load the codecs of a folder; raises `BadSettings` when one cannot be read."""
    try:
        scripts = {} if folder is None else read_scripts(folder)
    except (OSError, BadHints) as error:
        raise BadSettings(f"GLANEUR_CODECS: {error}") from None
    return Networks(routes, Library(scripts, folder=folder))


def _integer(environment: Mapping[str, str], name: str, standard: int) -> int:
    text = environment.get(name, "")
    if not text:
        return standard
    try:
        value = int(text)
    except ValueError:
        raise BadSettings(f"{name} must be a whole number") from None
    if value <= 0:
        raise BadSettings(f"{name} must be positive")
    return value
