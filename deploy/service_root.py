"""The Debian 13 tree that holds TimescaleDB and Mosquitto: where it is, and how it is made.

Knows apt and mmdebstrap. Refuses to know how the servers inside are configured or run (`servers` does).
"""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SUITE = "trixie"
# TimescaleDB 2.19 in its Apache-2 edition for PostgreSQL 17, and Mosquitto 2.0.21.
PACKAGES = ("postgresql-17-timescaledb", "mosquitto")
# Raise when SUITE or PACKAGES change: an older tree is then left alone and a new one is made.
GENERATION = 1
POSTGRES_BIN = "/usr/lib/postgresql/17/bin"
_MADE = "etc/glaneur-service-root"

# What this machine needs, and the Debian package that brings it.
_NEEDED = {"mmdebstrap": "mmdebstrap", "chromium": "chromium", "setpriv": "util-linux"}
# A page without a font is a page of boxes; chromium only recommends them.
_WITH = {"chromium": ("fonts-dejavu-core", "fonts-liberation")}


class Missing(RuntimeError):
    """Something this machine lacks, in one sentence a person can act on."""


def service_root() -> Path:
    """Where the tree is, or will be: GLANEUR_SERVICE_ROOT, else under the user's cache."""
    named = os.environ.get("GLANEUR_SERVICE_ROOT")
    if named:
        return Path(named).expanduser().absolute()
    cache = os.environ.get("XDG_CACHE_HOME")
    folder = Path(cache) if cache else Path.home() / ".cache"
    return folder / "glaneur" / f"service-root-{SUITE}-{GENERATION}"


def require() -> Path:
    """The tree, ready to start servers from; raises Missing otherwise."""
    root = service_root()
    if not (root / _MADE).exists():
        raise Missing(f"TimescaleDB and Mosquitto are not there yet ({root}): run `make services`.")
    if os.geteuid() != 0:
        raise Missing("TimescaleDB and Mosquitto run from a chroot, which needs root: run this as root.")
    return root


def build() -> Path:
    """Install what is missing and make the tree unless it is there; two builds at once make one."""
    install_needed()
    root = service_root()
    root.parent.mkdir(parents=True, exist_ok=True)
    with alone(root.with_name(root.name + ".lock")):
        if not (root / _MADE).exists():
            _make(root)
    return root


def _make(root: Path) -> None:
    """Fill a sibling folder, then rename it: an interrupted build leaves nothing that looks finished."""
    if os.geteuid() != 0:
        raise Missing("Making the Debian tree for TimescaleDB and Mosquitto needs root: run this as root.")
    if root.exists():
        raise Missing(f"{root} exists and is not ours: move it away or set GLANEUR_SERVICE_ROOT.")
    draft = root.with_name(root.name + ".draft")
    shutil.rmtree(draft, ignore_errors=True)
    print(f"Making the Debian 13 tree with TimescaleDB and Mosquitto in {root} (about a minute)…", flush=True)
    command = [
        "mmdebstrap",
        "--quiet",
        "--variant=minbase",
        f"--include={','.join(PACKAGES)}",
        SUITE,
        str(draft),
    ]
    if subprocess.run(command, stdin=subprocess.DEVNULL).returncode != 0:
        shutil.rmtree(draft, ignore_errors=True)
        raise Missing("mmdebstrap could not make the Debian tree: its messages are above.")
    (draft / _MADE).write_text(f"{SUITE} {GENERATION} {' '.join(PACKAGES)}\n")
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
