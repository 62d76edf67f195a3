"""amqtt in a process of its own: a broker that speaks MQTT 3.1.1 only. Arguments: port, password file.

Its file plugin, because its anonymous one forgets sessions; its own process, for it leaves sockets behind.
"""

import asyncio
import sys

from amqtt.broker import Broker


async def main(port: str, passwords: str) -> None:
    """Serve until killed."""
    config = {
        "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
        "plugins": {"amqtt.plugins.authentication.FileAuthPlugin": {"password_file": passwords}},
    }
    await Broker(config).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
