"""Node-RED 4.1 as a user would build it: mqtt in (QoS 1) → function → insert, ten connections at once.

`node-red-contrib-postgresql` is not to be had from the registry this was made with, so the insert is a
function node on `pg`, the driver and the pool that node is made of. Node-RED acknowledges a message as it
arrives and keeps the backlog in its memory: what it holds when it dies is lost.

Same environment as `python -m ingest`. Installs what package.json names into the user's cache, without
running anybody's install scripts, on first use.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ingest.settings import read_broker

HERE = Path(__file__).parent
CACHE = Path.home() / ".cache/glaneur/bench-node-red-4.1.15"
SETTINGS = """module.exports = {
  uiPort: 0, uiHost: '127.0.0.1', httpAdminRoot: false, httpNodeRoot: false, credentialSecret: false,
  functionGlobalContext: { pg: require('pg') }, logging: { console: { level: 'warn' } },
  telemetry: { enabled: false, updateNotification: false },
};
"""


def install() -> None:
    """Put Node-RED in the cache, once."""
    if (CACHE / "done").exists():
        return
    CACHE.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "package.json", CACHE)
    npm = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    subprocess.run(npm, cwd=CACHE, check=True, stdout=sys.stderr)
    (CACHE / "done").touch()


def main() -> None:
    """Become Node-RED."""
    install()
    folder = Path(tempfile.gettempdir()) / f"glaneur-node-red-{os.getpid()}"
    folder.mkdir()
    broker = read_broker(os.environ["GLANEUR_BROKER"])
    shutil.copy(HERE / "flows.json", folder)
    (folder / "settings.js").write_text(SETTINGS)
    secret = {"broker": {"user": broker.username, "password": broker.password}}
    (folder / "flows_cred.json").write_text(json.dumps(secret))
    modules = CACHE / "node_modules"
    environment = {
        **os.environ, "NODE_PATH": str(modules), "BENCH_HOST": broker.host, "BENCH_PORT": str(broker.port)
    }  # fmt: skip
    program = ["node", str(modules / "node-red/red.js"), "-u", str(folder), "-s", str(folder / "settings.js")]
    os.execvpe("node", [*program, "flows.json"], environment)  # noqa: S606


if __name__ == "__main__":
    main()
