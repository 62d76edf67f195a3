"""LORIOT: one flat object a message, told apart by `cmd`.

Format: the application output page of its documentation. "rx" carries one reception, "gw" all of them; both
may be sent for one frame, and have the same identity here.
"""

from ingest.envelopes.fields import (
    Document,
    counter,
    eui,
    instant_ms,
    objects,
    payload_hex,
    port,
    rssi,
    snr,
    strongest,
    text,
)
from ingest.envelopes.model import DownlinkEvent, Event, Ignored, Unfit, Uplink, made_identity

NETWORK = "loriot"


def read(_topic: str, document: Document) -> Event:
    """Return what the envelope says; raises `Unfit`."""
    command = document.get("cmd")
    if command in ("rx", "gw"):
        return _uplink(document)
    if command in ("tx", "txd"):
        return _downlink(document, sent=command == "txd")
    if isinstance(command, str):
        return Ignored(network=NETWORK, what=text(document, "cmd") or "")
    raise Unfit("cmd is missing")


def _uplink(document: Document) -> Uplink:
    device = eui(document.get("EUI"))
    payload = payload_hex(document.get("data"))
    f_port, f_cnt = port(document, "port"), counter(document, "fcnt")
    best = strongest(objects(document, "gws")) or document
    return Uplink(
        network=NETWORK,
        device_eui=device,
        message_id=made_identity(NETWORK, device, "", f_cnt, f_port, payload),
        f_port=f_port,
        f_cnt=f_cnt,
        payload=payload,
        received_at=instant_ms(document.get("ts")),
        rssi_dbm=rssi(best.get("rssi")),
        snr_db=snr(best.get("snr")),
        gateway=text(best, "gweui"),
        late=document.get("offline") is True,
        decoded=None,
    )


def _downlink(document: Document, *, sent: bool) -> DownlinkEvent:
    """The answer to a request to send ("tx": queued, or an error), and the report of the sending ("txd")."""
    error = text(document, "error")
    number = document.get("seqdn")
    return DownlinkEvent(
        network=NETWORK,
        device_eui=eui(document.get("EUI")),
        at=instant_ms(document.get("ts")),
        state="failed" if error else "sent" if sent else "queued",
        queue_id=str(number) if type(number) is int else None,
        detail=error or "",
    )
