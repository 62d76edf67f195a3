"""A real OSRM for tests, from Debian testing: an OpenStreetMap extract in, a server of its roads out.

    python deploy/osrm_server.py build        make the Debian tree (200 MB, cached)

Prepares the data exactly as README.md says for a département, with the same `osrm/truck.lua`. Knows nothing
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
STEPS = (("osrm-extract", "-p", "profiles/truck.lua"), ("osrm-partition",), ("osrm-customize",))


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
        data = name
        for program, *words in STEPS:
            self._prepare(program, *words, data)
            data = "country.osrm"
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

    def _prepare(self, program: str, *words: str) -> None:
        line = f'cd "{self.home.inside}" && exec "$0" "$@"'
        done = subprocess.run(
            [*self.home.enter, "sh", "-c", line, program, "-t", "1", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode != 0:
            raise NotStarted(f"{program} failed:\n{done.stdout[-2000:]}")

    def _command(self, port: int) -> list[str]:
        words = ("--algorithm", "mld", "-t", "1", "-i", HOST, "-p", str(port), *self._options)
        return self.home.command("osrm-routed", *words, f"{self.home.inside}/country.osrm")

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
