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
# A hundred databases of a test run weigh far less; a machine that has not thrice as much free uses its disk.
MEMORY_BYTES = 3 * 2**30
PLENTY_BYTES = 3 * MEMORY_BYTES
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
        self.lock.close()
        _clear(self.folder)


def chroot_home(
    user: str, group: str | None = None, tree: Tree = SERVICES, *, in_memory: bool = False
) -> Home:
    """A home in a Debian tree, for one of its users; raises Missing when the tree is not there."""
    root = require(tree)
    folder, lock = _fresh(root / "var/lib/glaneur-run", f"{user}-", in_memory=in_memory)
    inside = "/" + str(folder.relative_to(root))
    enter = ("chroot", str(root))
    return Home(folder=folder, inside=inside, enter=enter, user=user, group=group or user, lock=lock)


def machine_home(prefix: str, *, in_memory: bool = False) -> Home:
    """A home on this machine, for the user that owns nothing, or for ourselves when we are not root."""
    folder, lock = _fresh(Path(tempfile.gettempdir()), prefix, in_memory=in_memory)
    entry = pwd.getpwnam(UNPRIVILEGED) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    user, group = entry.pw_name, str(entry.pw_gid)
    return Home(folder=folder, inside=str(folder), enter=(), user=user, group=group, lock=lock)


def _fresh(parent: Path, prefix: str, *, in_memory: bool) -> tuple[Path, IO[str]]:
    """A new folder and the lock that says its owner lives, after sweeping those whose owner died."""
    parent.mkdir(parents=True, exist_ok=True)
    with alone(parent / f".{prefix}lock"):
        for old in parent.glob(f"{prefix}*/.owner"):
            with old.open() as held:
                try:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                _clear(old.parent)
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        if in_memory:
            _mount_memory(folder)
        folder.chmod(0o755)
        lock = (folder / ".owner").open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)
    (folder / "server.log").touch()
    return folder, lock


def _mount_memory(folder: Path) -> None:
    """Put the folder in memory where the machine has plenty and lets us; elsewhere it stays on the disk."""
    if os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") < PLENTY_BYTES:
        return
    mount = ["mount", "-t", "tmpfs", "-o", f"size={MEMORY_BYTES},mode=755", "glaneur", str(folder)]
    subprocess.run(mount, stdin=subprocess.DEVNULL, capture_output=True)


def _clear(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if os.path.ismount(folder):
        subprocess.run(["umount", "-l", str(folder)], stdin=subprocess.DEVNULL, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


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
