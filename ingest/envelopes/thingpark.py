"""Actility ThingPark: `DevEUI_uplink`, with its root node or (connectors that send metadata) without it.

Format: the LRC-AS tunnel interface and the MQTT connector's pages on docs.thingpark.com.
"""

from ingest.envelopes.fields import (
    Document,
    counter,
    eui,
    inner,
    instant,
    payload_hex,
    port,
    rssi,
    snr,
    text,
)
from ingest.envelopes.model import DownlinkEvent, Event, Ignored, Joined, Unfit, Uplink, made_identity

NETWORK = "thingpark"
_IGNORED = ("DevEUI_location", "DevEUI_notification", "DevEUI_multicast_summary", "DevEUI_downlink_Rejected")


def read(topic: str, document: Document) -> Event:
    """Return what the envelope says; raises `Unfit`."""
    for what in _IGNORED:
        if what in document:
            return Ignored(network=NETWORK, what=what)
    if "DevEUI_downlink_Sent" in document:
        return _sent(inner(document, "DevEUI_downlink_Sent"))
    if "DevEUI_join" in document:
        told = inner(document, "DevEUI_join")
        return Joined(network=NETWORK, device_eui=eui(told.get("DevEUI")), at=instant(told.get("Time")))
    message = inner(document, "DevEUI_uplink") or document
    if "DevEUI" not in message:
        raise Unfit("no kind of message known here")
    return _uplink(topic, message, document)


def _uplink(topic: str, message: Document, document: Document) -> Uplink:
    device = eui(message.get("DevEUI"))
    payload = payload_hex(message.get("payload_hex"))
    f_port, f_cnt = port(message, "FPort"), counter(message, "FCntUp")
    decoded = message.get("payload", document.get("payload"))
    return Uplink(
        network=NETWORK,
        device_eui=device,
        message_id=made_identity(NETWORK, device, text(message, "DevAddr") or "", f_cnt, f_port, payload),
        f_port=f_port,
        f_cnt=f_cnt,
        payload=payload,
        received_at=instant(message.get("Time")),
        rssi_dbm=rssi(_number(message.get("LrrRSSI"))),
        snr_db=snr(_number(message.get("LrrSNR"))),
        gateway=text(message, "Lrrid"),
        late=message.get("Late") in (1, "1", True),
        decoded=decoded if isinstance(decoded, dict) and decoded else None,
        downlink_topic=f"{topic[: -len('uplink')]}downlink" if topic.endswith("/uplink") else None,
    )


def _sent(told: Document) -> DownlinkEvent:
    delivered = told.get("DeliveryStatus") in (1, "1")
    return DownlinkEvent(
        network=NETWORK,
        device_eui=eui(told.get("DevEUI")),
        at=instant(told.get("Time")),
        state="sent" if delivered else "failed",
        f_cnt=counter(told, "FCntDn"),
        correlation_ids=tuple(one for one in (text(told, "CorrelationID"),) if one),
        detail="" if delivered else text(told, "DeliveryFailedCause1") or "not delivered",
    )


def _number(value: object) -> object:
    """Figures are numbers in JSON, texts in the platform's older form."""
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return None
    return value
