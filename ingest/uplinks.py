"""A network's uplink of a registered device becomes measurements, or a refusal with its reason.

Knows how a codec's canonical samples are said in our own terms; knows neither envelopes nor vendors, which
are read by `ingest.envelopes` and `ingest.codecs`. No clock and no database; a dropped-in codec runs in the
library's own process.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ingest.codecs.library import Library
from ingest.codecs.model import CodecFailed, EchoError, NotThisDevice, Sample
from ingest.directory import Device
from ingest.envelopes.model import DeviceStatus, Uplink, own_identity
from ingest.envelopes.routes import ROUTES, Route
from ingest.letter import Letter
from ingest.message import NATIVE, Limits, Measurement, Refused, out_of_time

# What a probe that only says whether it lies or stands is written down as, in degrees from upright.
_LYING, _UPRIGHT = 90, 0


@dataclass(frozen=True, slots=True)
class Networks:
    """What is understood beside the native contract: which topics carry which envelope, and the codecs."""

    routes: tuple[Route, ...] = ROUTES
    library: Library = field(default_factory=Library)


DEFAULT_NETWORKS = Networks()


@dataclass(frozen=True, slots=True)
class Frame:
    """A device's own bytes with what their reading depends on: all that decoding them again needs."""

    payload: bytes
    f_port: int | None
    sent_at: datetime


def decoded(frame: Frame, codec: str, library: Library) -> tuple[Sample, ...] | Refused:
    """Return the samples of a frame, newest first, or why there are none."""
    if codec == NATIVE or library.label(codec) is None:
        named = "no codec is assigned" if codec == NATIVE else f"no codec is called {ascii(codec)[:80]}"
        return Refused("no_codec", f"the device speaks through a network and {named}")
    said = library.decode(codec, frame.payload, frame.f_port, frame.sent_at)
    if isinstance(said, NotThisDevice):
        return Refused("not_this_device", f"{codec}: {said.reason}: {said.detail}")
    if isinstance(said, CodecFailed):
        return Refused(said.reason, f"{codec}: {said.detail}")
    return said


def version_of(codec: str, library: Library) -> str:
    """Return the version of a codec that exists; its label is its name and its version."""
    return (library.label(codec) or "").rpartition(" ")[2]


def measurements(
    uplink: Uplink, sent_at: datetime, device: Device, received_at: datetime, limits: Limits, library: Library
) -> tuple[Measurement, ...] | Refused:
    """Return what an uplink of `device` says.

    A sample from the past that is too old to be taken does not keep the others out: the bytes it came in are
    stored with them.
    """
    samples = decoded(Frame(uplink.payload, uplink.f_port, sent_at), device.codec, library)
    if isinstance(samples, Refused):
        return samples
    version = version_of(device.codec, library)
    timely: list[Measurement] = []
    untimely: Refused | None = None
    for sample in samples:
        at = sample.measured_at or sent_at
        why = out_of_time(at, received_at, limits)
        if why is not None:
            untimely = untimely or why
            continue
        timely.append(_measurement(uplink, sample, at, sent_at, device, received_at, version))
    if not timely and untimely is not None:
        return untimely
    return tuple(timely)


def _measurement(
    uplink: Uplink,
    sample: Sample,
    at: datetime,
    sent_at: datetime,
    device: Device,
    received_at: datetime,
    version: str,
) -> Measurement:
    return Measurement(
        serial=device.serial,
        message_id=uplink.message_id,
        measured_at=at,
        received_at=received_at,
        distance_mm=sample.distance_mm,
        echo_error=echo_of(sample),
        temperature_c=sample.temperature_c,
        battery_percent=sample.battery_percent,
        tilt_deg=tilt_of(sample),
        rssi_dbm=uplink.rssi_dbm,
        snr_db=uplink.snr_db,
        codec=device.codec,
        raw=uplink.payload,
        codec_version=version,
        fill_percent=own_level(sample),
        battery_v=sample.battery_v,
        gateway=uplink.gateway,
        f_port=uplink.f_port,
        f_cnt=uplink.f_cnt,
        sent_at=sent_at,
        fire=sample.fire,
    )


def report(
    status: DeviceStatus, letter: Letter, device: Device, limits: Limits
) -> Measurement | Refused | None:
    """Return the battery that a network's own report gives; None when it gives none.

    Dated a millisecond before the frame that brought it, which has the same instant and may come after: a
    message of that instant would be late.
    """
    if status.battery_percent is None or status.at is None:
        return None
    untimely = out_of_time(status.at, letter.received_at, limits)
    if untimely is not None:
        return untimely
    return Measurement(
        serial=device.serial,
        message_id=own_identity(status.network, status.device_eui, "status", letter.payload),
        measured_at=status.at - timedelta(milliseconds=1),
        received_at=letter.received_at,
        distance_mm=None,
        echo_error=None,
        temperature_c=None,
        battery_percent=status.battery_percent,
        tilt_deg=None,
        rssi_dbm=None,
        snr_db=None,
        codec=f"{status.network}-status",
        raw=letter.payload,
    )


def echo_of(sample: Sample) -> EchoError | None:
    """Return why there is no distance; a probe that sees nothing and says "full" has waste against it."""
    if sample.echo_error == "no_echo" and sample.full:
        return "blind_zone"
    return sample.echo_error


def own_level(sample: Sample) -> float | None:
    """Return the level the probe computed itself, where there is no distance to compute a better one from.

    One that only tells full from not full is at 100 %, or says nothing.
    """
    if sample.distance_mm is not None or sample.echo_error is not None:
        return None
    return 100.0 if sample.fill_percent is None and sample.full else sample.fill_percent


def tilt_of(sample: Sample) -> int | None:
    """Return the tilt in whole degrees; that of a probe which only tells lying from standing is 90 or 0."""
    if sample.tilt_deg is not None:
        return round(sample.tilt_deg)
    return None if sample.tilted is None else _LYING if sample.tilted else _UPRIGHT


def instants(letters: Sequence[Letter], limits: Limits) -> list[datetime]:
    """Return instants between which every measurement taken from these messages lies."""
    span = timedelta(seconds=limits.late_s), timedelta(seconds=limits.future_s)
    return [at for one in letters for at in (one.received_at - span[0], one.received_at + span[1])]
