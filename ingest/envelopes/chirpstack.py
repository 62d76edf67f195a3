"""ChirpStack: `application/{id}/device/{eui}/event/{kind}`, JSON of its protobuf messages.

Format: chirpstack/api/proto/integration/integration.proto. Fields that are zero or false may be left out.
Version 3 and Milesight's gateways, whose form is that of version 3, are read too: the same adapter, because
gateways of both kinds publish on topics the operator chose.
"""

from base64 import b64decode

from ingest.envelopes.fields import (
    Document,
    counter,
    eui,
    inner,
    instant,
    number,
    objects,
    payload_base64,
    port,
    rssi,
    snr,
    strongest,
    text,
)
from ingest.envelopes.model import (
    DeviceStatus,
    DownlinkEvent,
    DownlinkState,
    Event,
    Ignored,
    Joined,
    NetworkLog,
    Unfit,
    Uplink,
    made_identity,
    own_identity,
)

NETWORK = "chirpstack"
_EVENTS = ("up", "join", "ack", "txack", "log", "status", "location", "integration")


def read(topic: str, document: Document) -> Event:
    """Return what the envelope says; raises `Unfit`."""
    kind = topic.rpartition("/")[2]
    if kind not in _EVENTS:
        kind = "up"  # a topic of the operator's own
    if kind in ("location", "integration"):
        return Ignored(network=NETWORK, what=kind)
    device = _device(document)
    if kind == "up":
        return _uplink(topic, document, device)
    at = instant(document.get("time"))
    if kind == "join":
        return Joined(network=NETWORK, device_eui=device, at=at)
    if kind == "status":
        return _status(document, device)
    if kind == "log":
        return NetworkLog(
            network=NETWORK,
            device_eui=device,
            at=at,
            level=text(document, "level") or "INFO",
            code=text(document, "code") or "UNKNOWN",
            description=text(document, "description") or "",
        )
    # txack: a gateway took it for transmission. ack: the device confirmed it, or the wait for that ended.
    state: DownlinkState = (
        "sent" if kind == "txack" else "acknowledged" if document.get("acknowledged") is True else "refused"
    )
    return DownlinkEvent(
        network=NETWORK,
        device_eui=device,
        at=at,
        state=state,
        queue_id=text(document, "queueItemId"),
        f_cnt=counter(document, "fCntDown"),
    )


def _device(document: Document) -> str:
    info = inner(document, "deviceInfo")
    if info:
        return eui(info.get("devEui"))
    # Version 3: hexadecimal, or base64 of the eight bytes when it writes its protobuf's JSON.
    given = document.get("devEUI")
    if isinstance(given, str) and len(given) == 12:
        try:
            return eui(b64decode(given, validate=True).hex())
        except ValueError:
            raise Unfit("the DevEUI is neither hexadecimal nor base64") from None
    return eui(given)


def _uplink(topic: str, document: Document, device: str) -> Uplink:
    payload = payload_base64(document.get("data"))
    f_port, f_cnt = port(document, "fPort"), counter(document, "fCnt")
    best = strongest(objects(document, "rxInfo"))
    number_given = text(document, "deduplicationId")
    session = text(document, "devAddr") or ""
    ratio = best.get("snr", best.get("loRaSNR"))
    if ratio is None and "rssi" in best:
        ratio = 0  # exactly zero is left out
    received = document.get("time")
    if received is None:
        received = best.get("nsTime") or best.get("time")
    return Uplink(
        network=NETWORK,
        device_eui=device,
        message_id=own_identity(NETWORK, device, number_given, payload)
        if number_given
        else made_identity(NETWORK, device, session, f_cnt, f_port, payload),
        f_port=f_port,
        f_cnt=f_cnt,
        payload=payload,
        received_at=instant(received),
        rssi_dbm=rssi(best.get("rssi")),
        snr_db=snr(ratio),
        gateway=text(best, "gatewayId") or text(best, "gatewayID") or text(best, "mac"),
        decoded=inner(document, "object") or None,
        downlink_topic=f"{topic[: -len('event/up')]}command/down" if topic.endswith("/event/up") else None,
    )


def _status(document: Document, device: str) -> DeviceStatus:
    external = document.get("externalPowerSource") is True
    unknown = external or document.get("batteryLevelUnavailable") is True
    battery = number(document.get("batteryLevel", 0))
    margin = number(document.get("margin", 0))
    return DeviceStatus(
        network=NETWORK,
        device_eui=device,
        at=instant(document.get("time")),
        battery_percent=battery if not unknown and battery is not None and 0 <= battery <= 100 else None,
        external_power=external,
        margin_db=None if margin is None else round(margin),
    )
