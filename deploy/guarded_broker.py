"""Mosquitto with dynamic security, from mosquitto-dynsec.conf, run for a while like the other servers.

Knows how the plugin's file is first made. Refuses to know which accounts come after the administrator's.
"""

import secrets
import subprocess

from homes import chroot_home
from servers import Broker, NotStarted


def guarded_broker() -> Broker:
    """A broker from the service root whose accounts are all made through its `admin`, not started yet."""
    home = chroot_home("mosquitto")
    accounts = {"admin": secrets.token_urlsafe(12)}
    file = f"{home.inside}/data/dynamic-security.json"
    (home.folder / "data").mkdir()
    home.give("data", ".")
    made = subprocess.run(
        home.command("mosquitto_ctrl", "dynsec", "init", file, "admin", accounts["admin"]),
        stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd="/",
    )  # fmt: skip
    if made.returncode != 0:
        raise NotStarted(f"mosquitto_ctrl dynsec init failed:\n{made.stdout}{made.stderr}")
    return Broker(home, "mosquitto-dynsec.conf", accounts, plugin_opt_config_file=file)
