"""The Debian trees that hold TimescaleDB and Mosquitto, and OSRM: where they are, and how they are made.

Knows apt and mmdebstrap. Refuses to know how the servers inside are configured or run (`servers` does).
"""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """One Debian tree. Raise `generation` when suite or packages change: an older tree is left alone."""

    name: str
    suite: str
    packages: tuple[str, ...]
    generation: int
    holds: str
    command: str
    """What makes it, for whoever lacks it."""
    setting: str
    """The variable that says where it is."""
    apt: tuple[str, ...] = ()


# TimescaleDB 2.19 in its Apache-2 edition for PostgreSQL 17, and Mosquitto 2.0.21.
SERVICES = Tree(
    name="service-root",
    suite="trixie",
    packages=("postgresql-17-timescaledb", "mosquitto"),
    generation=1,
    holds="TimescaleDB and Mosquitto",
    command="make services",
    setting="GLANEUR_SERVICE_ROOT",
)
# No stable Debian has OSRM; testing's index is signed but expires within days on a mirror that lags.
ROADS = Tree(
    name="osrm-root",
    suite="testing",
    packages=("osrm-backend",),
    generation=1,
    holds="OSRM",
    command="make test-osrm",
    setting="GLANEUR_OSRM_ROOT",
    apt=('Acquire::Check-Valid-Until "false"',),
)
POSTGRES_BIN = "/usr/lib/postgresql/17/bin"
_MADE = "etc/glaneur-service-root"

# What this machine needs, and the Debian package that brings it.
_NEEDED = {"mmdebstrap": "mmdebstrap", "chromium": "chromium", "setpriv": "util-linux"}
# A page without a font is a page of boxes; chromium only recommends them.
_WITH = {"chromium": ("fonts-dejavu-core", "fonts-liberation")}


class Missing(RuntimeError):
    """Something this machine lacks, in one sentence a person can act on."""


def service_root(tree: Tree = SERVICES) -> Path:
    """Where the tree is, or will be: its setting's word, else under the user's cache."""
    named = os.environ.get(tree.setting)
    if named:
        return Path(named).expanduser().absolute()
    cache = os.environ.get("XDG_CACHE_HOME")
    folder = Path(cache) if cache else Path.home() / ".cache"
    return folder / "glaneur" / f"{tree.name}-{tree.suite}-{tree.generation}"


def require(tree: Tree = SERVICES) -> Path:
    """The tree, ready to start servers from; raises Missing otherwise."""
    root = service_root(tree)
    if not (root / _MADE).exists():
        raise Missing(f"Not there yet: {tree.holds} ({root}); run `{tree.command}`.")
    if os.geteuid() != 0:
        raise Missing(f"{tree.holds}: run from a chroot, which needs root; run this as root.")
    return root


def build(tree: Tree = SERVICES) -> Path:
    """Install what is missing and make the tree unless it is there; two builds at once make one."""
    install_needed()
    root = service_root(tree)
    root.parent.mkdir(parents=True, exist_ok=True)
    with alone(root.with_name(root.name + ".lock")):
        if not (root / _MADE).exists():
            _make(tree, root)
    return root


def _make(tree: Tree, root: Path) -> None:
    """Fill a sibling folder, then rename it: an interrupted build leaves nothing that looks finished."""
    if os.geteuid() != 0:
        raise Missing(f"Making the Debian tree with {tree.holds} needs root: run this as root.")
    if root.exists():
        raise Missing(f"{root} exists and is not ours: move it away or set {tree.setting}.")
    draft = root.with_name(root.name + ".draft")
    shutil.rmtree(draft, ignore_errors=True)
    print(f"Making the Debian {tree.suite} tree with {tree.holds} in {root} (about a minute)…", flush=True)
    command = [
        "mmdebstrap",
        "--quiet",
        "--variant=minbase",
        *(f"--aptopt={line}" for line in tree.apt),
        f"--include={','.join(tree.packages)}",
        tree.suite,
        str(draft),
    ]
    if subprocess.run(command, stdin=subprocess.DEVNULL).returncode != 0:
        shutil.rmtree(draft, ignore_errors=True)
        raise Missing("mmdebstrap could not make the Debian tree: its messages are above.")
    (draft / _MADE).write_text(f"{tree.suite} {tree.generation} {' '.join(tree.packages)}\n")
    # mmdebstrap hands over a folder only root may enter; the servers inside run as their own users.
    draft.chmod(0o755)
    draft.rename(root)


def install_needed() -> None:
    """Install the missing programs with apt when we may; raises Missing with one sentence when not."""
    packages = [package for program, package in _NEEDED.items() if shutil.which(program) is None]
    if not packages:
        return
    packages += [font for package in packages for font in _WITH.get(package, ())]
    wanted = " ".join(packages)
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Missing(f"This machine lacks {wanted}: on Debian, as root, run apt-get install {wanted}.")
    print(f"Installing {wanted} with apt…", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        done = subprocess.run(
            ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", *command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
        )
        if done.returncode != 0:
            raise Missing(f"apt-get {command[0]} failed (its messages are above), and {wanted} is needed.")


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Hold a lock file: the kernel drops it with the process, so a crash blocks nobody."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
