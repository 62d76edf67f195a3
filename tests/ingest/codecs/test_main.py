"""The command: a JSON list and 0, or a reason and 1, or a mistake of the caller's and 2."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.codecs.__main__ import main

TLD = "01755c0367010104824408050001"


def test_payload_is_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Canonical keys, absent values left out."""
    assert main(["milesight-iot/em400-tld", "--fport", "85", TLD]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {"distance_mm": 2116, "temperature_c": 25.7, "battery_percent": 92.0, "tilted": True, "quality": "ok"}
    ]


def test_payload_may_be_spaced(capsys: pytest.CaptureFixture[str]) -> None:
    """As manuals print them."""
    assert main(["--fport", "85", "milesight/EM400-TLD", "01755C", "03670101", "04824408"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["distance_mm"] == 2116


@pytest.mark.parametrize(
    ("words", "status", "reason"),
    [
        (["milesight-iot/em400-tld", "--fport", "42", TLD], 1, "wrong_port"),
        (["milesight-iot/em400-tld", "--fport", "85", TLD[:-2]], 1, "truncated"),
        (["dingtek/df702", "--fport", "3", TLD], 1, "foreign"),
        (["acme/none", "--fport", "1", TLD], 1, "unknown_codec"),
        (["dingtek/df702", "--fport", "3", "zz"], 2, "non-hexadecimal"),
        (["dingtek/df702", "--js", "missing.js", "00"], 2, "missing.js"),
        (["dingtek/df702", "--fport", "3"], 1, "empty"),
        ([], 2, "VENDOR/DEVICE"),
    ],
)
def test_refusal_has_its_status_and_reason(
    words: list[str], status: int, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The reason on the error output, nothing on the other."""
    assert main(words) == status
    said = capsys.readouterr()
    assert (reason in said.err, said.out) == (True, "")


def test_vendor_codec_from_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--js` runs the file; its own error is a refusal."""
    file = tmp_path / "probe.js"
    file.write_text(
        "function decodeUplink(i) { if (i.fPort != 3) return {errors: ['unknown FPort']};"
        " return {data: {level: '2000 mm', temperature: '25 ℃'}}; }",
        encoding="utf-8",
    )
    assert main(["dingtek/df702", "--js", str(file), "--fport", "3", "00"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {"distance_mm": 2000, "temperature_c": 25.0, "quality": "ok"}
    ]
    assert main(["dingtek/df702", "--js", str(file), "--fport", "4", "00"]) == 1
    assert "codec_errors: unknown FPort" in capsys.readouterr().err


def test_list_names_every_codec(capsys: pytest.CaptureFixture[str]) -> None:
    """One a line."""
    assert main(["--list"]) == 0
    assert {"milesight-iot/em400-tld", "milesight/EM400-TLD"} <= set(capsys.readouterr().out.split())


def test_it_is_a_module_to_run() -> None:
    """`python -m ingest.codecs` is this command."""
    ran = subprocess.run(
        [sys.executable, "-m", "ingest.codecs", "terabee/lora-lm-xl", "--fport", "1", "07d0320bb800"],
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=60,
    )
    assert json.loads(ran.stdout)[0] == {
        "distance_mm": 2000,
        "fill_percent": 50.0,
        "battery_v": 3.0,
        "quality": "ok",
    }
