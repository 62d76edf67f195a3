"""What production starts from: files that agree with one another, the settings and the command line."""

import configparser
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from services import OwnServices

from api.alerts.messaging import Messaging
from api.cias.retention import Kept
from api.cias.scdl import Publisher
from api.finance.bill_settings import Billing
from api.settings import Settings
from store.migrate import migrate

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("systemd/*.service"))
PROCESSES = {"migrate", "ingest", "api", "worker"}

# The compose specification's words that we use; anything else is a spelling mistake.
SERVICE_KEYS = {
    "build", "cap_drop", "command", "depends_on", "environment", "healthcheck", "image", "init", "logging",
    "ports", "profiles", "read_only", "restart", "secrets", "security_opt", "stop_grace_period",
    "stop_signal", "tmpfs", "volumes",
}  # fmt: skip
TOP_KEYS = {"name", "services", "volumes", "secrets", "x-platform", "x-travel"}
HEALTH_KEYS = {"test", "interval", "timeout", "retries", "start_period"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The compose file, its anchors resolved."""
    loaded = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def test_compose_uses_known_words(compose: dict[str, Any]) -> None:
    """A misspelt key would be refused, or worse, ignored, on the day of the installation."""
    assert set(compose) == TOP_KEYS
    for name, service in compose["services"].items():
        assert set(service) <= SERVICE_KEYS, name
        assert set(service.get("healthcheck", {})) <= HEALTH_KEYS, name


def test_compose_has_the_whole_platform(compose: dict[str, Any]) -> None:
    """Database, broker, and each process of the command line under its own name."""
    services = compose["services"]
    assert set(services) == {"timescaledb", "mosquitto", "osrm", "grafana"} | PROCESSES
    assert [name for name in services if "profiles" in services[name]] == ["osrm"]  # the others always run
    assert {name: services[name]["command"] for name in PROCESSES} == {name: [name] for name in PROCESSES}


def test_compose_refers_only_to_what_it_declares(compose: dict[str, Any]) -> None:
    """Volumes, secrets, files and dependencies all exist, and a healthy one is one with a health check."""
    services = compose["services"]
    for service in services.values():
        assert set(service.get("secrets", ())) <= set(compose["secrets"])
        for mount in service.get("volumes", ()):
            source = mount.split(":")[0]
            assert (DEPLOY / source).exists() if source.startswith(".") else source in compose["volumes"]
        for needed, how in service.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert "healthcheck" in services[needed]
            else:
                assert (how["condition"], needed) == ("service_completed_successfully", "migrate")


def test_compose_is_reached_from_this_machine_only(compose: dict[str, Any]) -> None:
    """No plain-text port is open to the network; images are pinned; our own run without rights."""
    for name, service in compose["services"].items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ())), name
        if name in PROCESSES or name == "osrm":
            assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
        else:
            assert re.search(r":\d+\.\d+\.\d+", service["image"]), name


def test_no_password_has_a_default(compose: dict[str, Any]) -> None:
    """Every secret is asked by name (`${NAME:?}`), so that a forgotten one stops the start."""
    values = [str(v) for s in compose["services"].values() for v in s.get("environment", {}).values()]
    asked = [value for value in values if "PASSWORD" in value]
    assert asked
    assert [value for value in asked if not re.search(r"\$\{GLANEUR_[A-Z_]+_PASSWORD:\?\}", value)] == []


def test_every_setting_is_documented_and_exists(compose: dict[str, Any]) -> None:
    """The table of deploy/README.md holds every setting of the API, and compose sets none that it lacks."""
    table = (
        (DEPLOY / "README.md").read_text(encoding="utf-8").partition("## Settings")[2].partition("\n## ")[0]
    )
    documented = set(re.findall(r"`(GLANEUR_[A-Z_]+)`", table))
    fields = {**Settings.model_fields, **Messaging.model_fields, **Billing.model_fields}
    assert {f"GLANEUR_{name.upper()}" for name in fields} <= documented
    for settings in (Kept, Publisher):
        names = {f"{settings.model_config['env_prefix']}{name.upper()}" for name in settings.model_fields}
        assert names <= documented
    for process in PROCESSES:
        environment = compose["services"][process]["environment"]
        assert {name for name in environment if name.startswith("GLANEUR_")} <= documented


def read_unit(path: Path) -> configparser.ConfigParser:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(path.read_text(encoding="utf-8"))
    return unit


def test_units_run_the_command_line_s_processes() -> None:
    """One unit per process, none as root, each confined; what a timer starts is not started at boot."""
    started = set()
    for path in UNITS:
        unit = read_unit(path)
        service = unit["Service"]
        started.add(service["ExecStart"].split()[-1])
        assert service["ExecStart"].split()[:-1] == ["/opt/glaneur/bin/glaneur"], path.name
        assert service["User"] == "glaneur", path.name
        assert (service["NoNewPrivileges"], service["ProtectSystem"]) == ("yes", "strict"), path.name
        timer = path.with_suffix(".timer")
        if timer.exists():
            assert service["Type"] == "oneshot"
            assert "Install" not in unit
            assert read_unit(timer)["Install"]["WantedBy"] == "timers.target"
            assert read_unit(timer)["Timer"]["Persistent"] == "true"
        else:
            assert unit["Install"]["WantedBy"] == "multi-user.target", path.name
    assert started == PROCESSES | {"keep"}
    assert {path.with_suffix(".service") for path in DEPLOY.glob("systemd/*.timer")} <= set(UNITS)


def test_the_image_holds_every_package_and_only_locked_versions() -> None:
    """The image copies each package of the distribution and installs from the lock, with hashes."""
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    packages = re.search(r"(?m)^packages = \[(.*)\]$", (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert packages is not None
    for package in re.findall(r'"(\w+)"', packages[1]):
        assert re.search(rf"(?m)^COPY {package} ", text), package
    assert "--require-hashes" in text
    assert re.search(r"(?m)^USER \d+", text)


@pytest.mark.db
def test_each_login_may_do_its_own_work_and_no_other_s(own_services: OwnServices) -> None:
    """logins.sql works in Debian's own psql; passwords with quotes are taken; ingest cannot read people."""
    server = own_services.postgres()
    secret = "a'b\"c\\d e"
    names = ("INGEST", "API", "WORKER", "READER", "GRAFANA")
    passwords = {f"GLANEUR_{name}_PASSWORD": secret for name in names}
    psql = [*server.home.enter, "/usr/lib/postgresql/17/bin/psql", "-q", server.dsn(), "-f", "-"]
    with (DEPLOY / "logins.sql").open() as script:
        done = subprocess.run(
            psql, stdin=script, env={**os.environ, **passwords}, capture_output=True, text=True, cwd="/"
        )
    assert (done.returncode, done.stderr) == (0, "")
    migrate(server.dsn())
    with psycopg.connect(server.dsn(), user="ingest", autocommit=True) as connection:
        connection.execute("SET ROLE glaneur_ingest")
        assert connection.execute("SELECT count(*) FROM reading").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM people.account")
    with psycopg.connect(server.dsn(), user="api", autocommit=True) as connection:
        assert connection.execute("SELECT count(*) FROM people.account").fetchone() == (0,)
