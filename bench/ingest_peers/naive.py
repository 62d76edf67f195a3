"""The loop a user would write first: paho's callback, one INSERT and one commit a message.

Same environment as `python -m ingest`. It keeps a dictionary of devices and does no more than the row: no
container, no level, no alert, no quarantine.
"""

import json
import os
import signal
import sys
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ingest.message import message_id
from ingest.settings import read_broker

INSERT = """
    INSERT INTO reading (measured_at, device_id, message_id, received_at, distance_mm, temperature_c,
                         battery_percent, tilt_deg, rssi_dbm, snr_db, codec, raw)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'native', %s) ON CONFLICT DO NOTHING
"""


def main() -> None:
    """Consume until SIGTERM."""
    connection = psycopg.connect(os.environ["GLANEUR_DATABASE"])
    devices: dict[str, int] = dict(connection.execute("SELECT serial, id FROM device").fetchall())
    connection.commit()

    def on_message(_client: Client, _data: Any, message: MQTTMessage) -> None:
        serial = message.topic.split("/")[2]
        said = json.loads(message.payload)
        identity: UUID = message_id("native", serial, said["boot"], said["seq"])
        connection.execute(
            INSERT,
            (
                said["time"], devices[serial], identity, datetime.now(UTC), said["distance"]["value"],
                said["temperature"]["value"], said["battery"]["value"], said["tilt"]["value"],
                said["rssi"]["value"], said["snr"]["value"], message.payload,
            ),
        )  # fmt: skip
        connection.commit()

    def on_connect(client: Client, *_: Any) -> None:
        client.subscribe("glaneur/1/+/up", qos=1)

    broker = read_broker(os.environ["GLANEUR_BROKER"])
    client = Client(
        CallbackAPIVersion.VERSION2, os.environ["GLANEUR_CLIENT_ID"], protocol=MQTTProtocolVersion.MQTTv5
    )
    client.username_pw_set(broker.username, broker.password)
    client.on_message = on_message
    client.on_connect = on_connect
    wanted = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    wanted.SessionExpiryInterval = 3600
    client.connect(broker.host, broker.port, clean_start=False, properties=wanted)
    client.loop_forever()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    main()
