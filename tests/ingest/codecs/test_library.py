"""A folder of dropped-in codecs beside the native ones: which answers, under which label."""

from pathlib import Path

import pytest

from ingest.codecs import codec_names
from ingest.codecs.library import BadHints, Library, read_scripts
from ingest.codecs.model import NotThisDevice
from ingest.codecs.registry import CODECS

SOURCE = "function decodeUplink(input) { return {data: {distance: 30, battery: 3.1}}; }"
PAYLOAD = bytes.fromhex("01755c0367010104824408050001")


def dropped(folder: Path, name: str, source: str = SOURCE, hints: str | None = None) -> None:
    path = folder / f"{name}.js"
    path.parent.mkdir(exist_ok=True)
    path.write_text(source, encoding="utf-8")
    if hints is not None:
        path.with_suffix(".json").write_text(hints, encoding="utf-8")


def test_dropped_codec_takes_the_place_of_the_native_one(tmp_path: Path) -> None:
    """Same name: the operator's wish wins; the others are untouched."""
    dropped(tmp_path, "milesight-iot/em400-tld")
    with Library(read_scripts(tmp_path)) as library:
        found = library.decode("milesight-iot/EM400-TLD", PAYLOAD, 85)
        assert isinstance(found, tuple)
        assert (found[0].distance_mm, found[0].battery_v) == (30, 3.1)
        native = library.decode("milesight-iot/em400-udl", PAYLOAD, 85)
        assert isinstance(native, tuple)
        assert native[0].distance_mm == 2116


def test_label_names_the_version(tmp_path: Path) -> None:
    """Native: its number. JavaScript: its text's digest, which changes with the text."""
    dropped(tmp_path, "acme/probe")
    first = Library(read_scripts(tmp_path)).label("acme/probe")
    dropped(tmp_path, "acme/probe", SOURCE + " ")
    second = Library(read_scripts(tmp_path)).label("acme/probe")
    assert first is not None
    assert first.startswith("acme/probe js-")
    assert first != second
    assert Library().label("MILESIGHT/EM400-TLD") == "milesight-iot/em400-tld 1"
    assert Library().label("acme/probe") is None


def test_hints_beside_the_codec_settle_its_units(tmp_path: Path) -> None:
    """`distance` in centimetres, said once by the operator."""
    dropped(tmp_path, "acme/probe", hints='{"distance": "distance_cm"}')
    with Library(read_scripts(tmp_path)) as library:
        found = library.decode("acme/probe", b"\x00", 1)
        assert isinstance(found, tuple)
        assert found[0].distance_mm == 300


@pytest.mark.parametrize("hints", ["[", "[]", '{"a": 1}'])
def test_bad_hints_are_named(tmp_path: Path, hints: str) -> None:
    """The file is named, so that it can be mended."""
    dropped(tmp_path, "acme/probe", hints=hints)
    with pytest.raises(BadHints, match=r"probe\.json"):
        read_scripts(tmp_path)


def test_names_are_native_and_dropped(tmp_path: Path) -> None:
    """Everything a device may be given."""
    dropped(tmp_path, "acme/probe")
    names = codec_names(tmp_path)
    assert "acme/probe" not in codec_names()
    assert "acme/probe" in names
    assert {codec.names[0] for codec in CODECS} <= set(names)


def test_unknown_codec_is_refused() -> None:
    """No such name: a value, as for a native one."""
    found = Library().decode("acme/none", b"\x00", 1)
    assert isinstance(found, NotThisDevice)
    assert found.reason == "unknown_codec"


def test_a_changed_folder_is_read_again_without_a_restart(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """New, changed and removed codecs within seconds; what cannot be read is said and undoes nothing."""
    clock = [0.0]
    dropped(tmp_path, "acme/probe")
    with Library(read_scripts(tmp_path), folder=tmp_path, clock=lambda: clock[0]) as library:
        first = library.label("acme/probe")
        dropped(tmp_path, "acme/probe", SOURCE.replace("30", "31"))
        dropped(tmp_path, "acme/other")
        assert (library.label("acme/probe"), library.label("acme/other")) == (first, None)
        clock[0] += 6
        assert library.label("acme/other") is not None
        assert library.label("acme/probe") not in (first, None)
        found = library.decode("acme/probe", PAYLOAD, 85)
        assert isinstance(found, tuple)
        assert found[0].distance_mm == 31
        dropped(tmp_path, "acme/other", hints="[]")
        clock[0] += 6
        assert library.label("acme/other") is not None
        assert "cannot be read, the old ones stay: other.json" in caplog.text
        (tmp_path / "acme/other.json").unlink()
        (tmp_path / "acme/other.js").unlink()
        clock[0] += 6
        assert library.label("acme/other") is None
        assert "acme/probe" in library.names()
