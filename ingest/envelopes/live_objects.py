"""Orange Live Objects: data messages of its FIFOs and of its router, LoRa devices only.

Format: the developer guide's "data message"; the decoded fields, if any, lie beside the payload in `value`.
"""

from ingest.envelopes.fields import Document, counter, eui, inner, instant, payload_hex, port, rssi, snr, text
from ingest.envelopes.model import Event, Ignored, Uplink, made_identity, own_identity

NETWORK = "live-objects"
_STREAM = "urn:lo:nsid:lora:"
_UPLINKS = ("UNCONFIRMED_DATA_UP", "CONFIRMED_DATA_UP", None)


def read(_topic: str, document: Document) -> Event:
    """Return what the envelope says; raises `Unfit`."""
    radio = inner(inner(inner(document, "metadata"), "network"), "lora")
    kind = text(radio, "messageType")
    if kind not in _UPLINKS:
        return Ignored(network=NETWORK, what=kind or "")
    device = eui(radio.get("devEUI") or (text(document, "streamId") or "").removeprefix(_STREAM))
    value = dict(inner(document, "value"))
    payload = payload_hex(value.pop("payload", None))
    f_port, f_cnt = port(radio, "port"), counter(radio, "fcnt")
    identifier = text(document, "id")
    return Uplink(
        network=NETWORK,
        device_eui=device,
        message_id=own_identity(NETWORK, device, identifier, payload)
        if identifier
        else made_identity(NETWORK, device, "", f_cnt, f_port, payload),
        f_port=f_port,
        f_cnt=f_cnt,
        payload=payload,
        received_at=instant(document.get("timestamp") or document.get("created")),
        rssi_dbm=rssi(radio.get("rssi")),
        snr_db=snr(radio.get("snr")),
        decoded=value or None,
    )
