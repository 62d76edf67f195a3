"""A real OSRM for tests, from Debian testing: an OpenStreetMap extract in, a server of its roads out.

    python deploy/osrm_server.py build        make the Debian tree (200 MB, cached)

Prepares the data as README.md says for a département: by `osrm/prepare`, with `osrm/truck.lua`. Knows nothing
of who asks it.
"""

import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from homes import HOST, chroot_home
from servers import NotStarted, Running
from service_root import ROADS, Missing, build

HERE = Path(__file__).parent
PROFILES = "/usr/share/osrm/profiles"


class OsrmServer:
    """An osrm-routed of its own on 127.0.0.1, over the roads of one extract."""

    def __init__(self, extract: bytes, name: str = "country.osm", *options: str) -> None:
        self.home = chroot_home("nobody", "nogroup", ROADS)
        self._options = options
        self._running = Running("OSRM", self.home, self._command, self._answers)
        (self.home.folder / name).write_bytes(extract)
        root = Path(self.home.enter[1])
        shutil.copytree(root / PROFILES.lstrip("/"), self.home.folder / "profiles")
        shutil.copy(HERE / "osrm" / "truck.lua", self.home.folder / "profiles")
        shutil.copy(HERE / "osrm" / "prepare", self.home.folder)
        self._prepare(name)
        # Read by its own user, who owns nothing.
        for path in self.home.folder.iterdir():
            path.chmod(0o755 if path.is_dir() else 0o644)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self._running.port}"

    def start(self) -> None:
        """Start, and return once it answers; raises NotStarted."""
        self._running.start()

    def stop(self) -> None:
        """Stop."""
        self._running.end(signal.SIGTERM)

    def remove(self) -> None:
        """Stop and throw the data away."""
        self.stop()
        self.home.remove()

    def _prepare(self, name: str) -> None:
        inside = self.home.inside
        command = ("env", f"OSRM_PROFILE={inside}/profiles/truck.lua", "sh", f"{inside}/prepare")
        done = subprocess.run(
            [*self.home.enter, *command, f"{inside}/{name}", inside],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode != 0:
            raise NotStarted(f"osrm/prepare failed:\n{done.stdout[-2000:]}")

    def _command(self, port: int) -> list[str]:
        words = ("--algorithm", "mld", "-t", "1", "-i", HOST, "-p", str(port), *self._options)
        return self.home.command("osrm-routed", *words, f"{self.home.inside}/roads.osrm")

    def _answers(self, port: int) -> bool:
        try:
            urllib.request.urlopen(f"http://{HOST}:{port}/nearest/v1/driving/0,0", timeout=2).close()
        except urllib.error.HTTPError as error:
            error.close()
            return True
        except OSError:
            return False
        return True


if __name__ == "__main__":
    if sys.argv[1:] != ["build"]:
        sys.exit(__doc__)
    try:
        print(build(ROADS))
    except Missing as error:
        sys.exit(str(error))
