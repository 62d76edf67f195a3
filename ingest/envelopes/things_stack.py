"""The Things Stack v3: `v3/{application}@{tenant}/devices/{device}/…`. Empty fields are left out.

Format: the data formats page of its documentation. The kind is in the message itself, whatever the topic.
"""

from ingest.envelopes.fields import (
    Document,
    counter,
    eui,
    inner,
    instant,
    objects,
    payload_base64,
    port,
    printable,
    rssi,
    snr,
    strongest,
    text,
)
from ingest.envelopes.model import (
    DownlinkEvent,
    DownlinkState,
    Event,
    Ignored,
    Joined,
    Unfit,
    Uplink,
    made_identity,
)

NETWORK = "things-stack"
_DOWNLINKS: dict[str, DownlinkState] = {
    "downlink_queued": "queued",
    "downlink_sent": "sent",
    "downlink_ack": "acknowledged",
    "downlink_nack": "refused",
    "downlink_failed": "failed",
}
_IGNORED = ("location_solved", "service_data", "downlink_queue_invalidated", "uplink_normalized")


def read(topic: str, document: Document) -> Event:
    """Return what the envelope says; raises `Unfit`."""
    for what in _IGNORED:
        if what in document:
            return Ignored(network=NETWORK, what=what)
    device = eui(inner(document, "end_device_ids").get("dev_eui"))
    if "uplink_message" in document:
        return _uplink(topic, document, device)
    at = instant(document.get("received_at"))
    if "join_accept" in document:
        return Joined(network=NETWORK, device_eui=device, at=at)
    for name, state in _DOWNLINKS.items():
        if name in document:
            return _downlink(document, name, state, device)
    raise Unfit("no kind of message known here")


def _uplink(topic: str, document: Document, device: str) -> Uplink:
    message = inner(document, "uplink_message")
    payload = payload_base64(message.get("frm_payload"))
    f_port, f_cnt = port(message, "f_port"), counter(message, "f_cnt")
    session = text(message, "session_key_id") or text(inner(document, "end_device_ids"), "dev_addr") or ""
    best = strongest(objects(message, "rx_metadata"))
    gateway = inner(best, "gateway_ids")
    ratio = best.get("snr", 0 if "rssi" in best else None)
    return Uplink(
        network=NETWORK,
        device_eui=device,
        message_id=made_identity(NETWORK, device, session, f_cnt, f_port, payload),
        f_port=f_port,
        f_cnt=f_cnt,
        payload=payload,
        # The network server's instant: the application server's comes after whatever queue is between.
        received_at=instant(message.get("received_at") or document.get("received_at")),
        rssi_dbm=rssi(best.get("rssi")),
        snr_db=snr(ratio),
        gateway=text(gateway, "eui") or text(gateway, "gateway_id"),
        decoded=inner(message, "decoded_payload") or None,
        downlink_topic=f"{topic[: -len('up')]}down/push" if topic.endswith("/up") else None,
    )


def _downlink(document: Document, name: str, state: DownlinkState, device: str) -> DownlinkEvent:
    told = inner(document, name)
    detail = ""
    if state == "failed":
        error = inner(told, "error")
        detail = text(error, "message_format") or text(error, "name") or "failed"
        told = inner(told, "downlink")
    # The application's own identifiers come back in the message, the network's on the envelope: all count.
    correlations = (*_texts(told), *_texts(document))
    return DownlinkEvent(
        network=NETWORK,
        device_eui=device,
        at=instant(document.get("received_at")),
        state=state,
        correlation_ids=tuple(dict.fromkeys(correlations)),
        f_cnt=counter(told, "f_cnt"),
        detail=detail,
    )


def _texts(document: Document) -> list[str]:
    given = document.get("correlation_ids")
    return [printable(one) for one in given if isinstance(one, str)] if isinstance(given, list) else []
