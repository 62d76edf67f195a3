"""Where a server lives for a while: a fresh folder, a user of its own, and a free port.

Knows the service root's chroot and the machine itself. Refuses to know which server it is.
"""

import fcntl
import os
import pwd
import random
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from service_root import SERVICES, Tree, alone, require

HOST = "127.0.0.1"
# Below Linux's ephemeral range (32768…): no outgoing connection can take the port while a server restarts.
PORTS = (15000, 32000)
# The wheel's PostgreSQL refuses root; on the machine itself it runs as the user that owns nothing.
UNPRIVILEGED = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """One server's folder as we see it and as it does, its user, and how to enter its world."""

    folder: Path
    inside: str
    enter: tuple[str, ...]
    user: str
    group: str
    lock: IO[str] = field(repr=False)

    def command(self, *program: str, death: str = "KILL") -> list[str]:
        """The command line that runs a program here as its user, and signals it when we die.

        setpriv sets the parent-death signal after the change of user, because Linux forgets it then.
        """
        become: tuple[str, ...] = ()
        if os.geteuid() == 0:
            become = (f"--reuid={self.user}", f"--regid={self.group}", "--clear-groups")
        return [*self.enter, "setpriv", *become, f"--pdeathsig={death}", "--", *program]

    def give(self, *names: str) -> None:
        """Make these files its user's own, for no other eyes."""
        for name in names:
            path = self.folder / name
            path.chmod(0o700 if path.is_dir() else 0o600)
        if os.geteuid() == 0:
            paths = [f"{self.inside}/{name}" for name in names]
            command = [*self.enter, "chown", f"{self.user}:{self.group}", *paths]
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL)

    @property
    def log(self) -> Path:
        """What the server prints."""
        return self.folder / "server.log"

    def last_words(self) -> str:
        """The last lines of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])

    def remove(self) -> None:
        """Give the folder back."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.lock.close()


def chroot_home(user: str, group: str | None = None, tree: Tree = SERVICES) -> Home:
    """A home in a Debian tree, for one of its users; raises Missing when the tree is not there."""
    root = require(tree)
    folder, lock = _fresh(root / "var/lib/glaneur-run", f"{user}-")
    inside = "/" + str(folder.relative_to(root))
    enter = ("chroot", str(root))
    return Home(folder=folder, inside=inside, enter=enter, user=user, group=group or user, lock=lock)


def machine_home(prefix: str) -> Home:
    """A home on this machine, for the user that owns nothing, or for ourselves when we are not root."""
    folder, lock = _fresh(Path(tempfile.gettempdir()), prefix)
    entry = pwd.getpwnam(UNPRIVILEGED) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    user, group = entry.pw_name, str(entry.pw_gid)
    return Home(folder=folder, inside=str(folder), enter=(), user=user, group=group, lock=lock)


def _fresh(parent: Path, prefix: str) -> tuple[Path, IO[str]]:
    """A new folder and the lock that says its owner lives, after sweeping those whose owner died."""
    parent.mkdir(parents=True, exist_ok=True)
    with alone(parent / f".{prefix}lock"):
        for old in parent.glob(f"{prefix}*/.owner"):
            with old.open() as held:
                try:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                shutil.rmtree(old.parent, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        folder.chmod(0o755)
        lock = (folder / ".owner").open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)
    (folder / "server.log").touch()
    return folder, lock


def free_port() -> int:
    """A port nobody listens on now, outside the range the kernel hands to clients."""
    while True:
        port = random.randint(*PORTS)  # noqa: S311 - spreading, not secrecy
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        return port
