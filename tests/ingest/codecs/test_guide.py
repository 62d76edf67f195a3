"""The guide for writing a codec (CONTRIBUTING.md) is true: its examples run and say what it prints."""

import json
import re
import shlex
from pathlib import Path
from types import ModuleType

import pytest

from ingest.codecs.__main__ import main
from ingest.codecs.model import NotThisDevice, document
from ingest.codecs.registry import read
from tests.ingest.codecs.vectors import DATA

GUIDE = (
    (Path(__file__).parents[3] / "CONTRIBUTING.md")
    .read_text(encoding="utf-8")
    .partition("## A codec in ten minutes")[2]
    .partition("\n## ")[0]
)


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


def commands() -> list[list[str]]:
    """The words after `python -m ingest.codecs`."""
    return [words[3:] for one in blocks("sh") for words in [shlex.split(one)] if words[2] == "ingest.codecs"]


def test_the_makers_codec_says_what_the_guide_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file where the guide puts it, its command as it is written, its JSON."""
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme/bin.js").write_text(blocks("js")[0], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (words, _) = commands()
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(blocks("json")[0])
    assert main([*words[:-1], "0d3b"]) == 1
    assert "not a bin's message" in capsys.readouterr().err


def test_the_native_codec_says_the_same() -> None:
    """The module as it is written decodes the same payload, refuses others, and gives sentinels no number."""
    made = ModuleType("acme")
    exec(blocks("python")[0], made.__dict__)  # noqa: S102 - our own guide
    (codec,) = made.CODECS
    vector = json.loads(blocks("json")[1])
    found = read(codec, bytes.fromhex(vector["hex"]), vector["f_port"])
    assert isinstance(found, tuple)
    assert [document(one) for one in found] == json.loads(blocks("json")[0])
    assert json.loads(blocks("json")[0]) == [{**one, "quality": "ok"} for one in vector["ours"]]
    blind = read(codec, bytes.fromhex("0d3bffff00"), 2)
    assert isinstance(blind, tuple)
    assert (blind[0].quality, blind[0].distance_mm) == ("no_echo", None)
    assert isinstance(read(codec, b"\x0d", 2), NotThisDevice)
    assert isinstance(read(codec, bytes(5), 3), NotThisDevice)


def test_the_fact_it_asks_for_is_of_the_files_form() -> None:
    """An entry written as the guide says has the fields of those that are there."""
    there = json.loads(DATA.read_text(encoding="utf-8"))
    asked = set(json.loads(blocks("json")[1]))
    assert asked <= {name for one in there for name in one}
    assert all({"codec", "f_port", "hex", "what", "source", "licence"} <= set(one) for one in there)


def test_what_the_guide_names_is_there() -> None:
    """Files and names it sends a newcomer to."""
    root = Path(__file__).parents[3]
    for name in re.findall(r"`((?:ingest|tests)/[\w/.]+)`", GUIDE):
        assert name == "ingest/codecs/acme.py" or (root / name).exists(), name
    assert "_VENDORS" in (root / "ingest/codecs/registry.py").read_text(encoding="utf-8")
