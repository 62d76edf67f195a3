"""`python -m fill`: the examples are what the program answers; what is wrong is said in one sentence."""

import io
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from fill.__main__ import answer, main
from fill.model import Refused

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "fill" / "examples"


@pytest.mark.parametrize("name", ["glass", "probe"])
def test_examples(name: str) -> None:
    """Read in full, run as a user runs it, compared as documents."""
    given = (EXAMPLES / f"{name}_in.json").read_bytes()
    run = subprocess.run(
        [sys.executable, "-m", "fill"], input=given, capture_output=True, cwd=ROOT, check=True
    )
    assert json.loads(run.stdout) == json.loads((EXAMPLES / f"{name}_out.json").read_bytes())


def test_the_answer_goes_on() -> None:
    """Cut in two and started again from its own state, the story is the same."""
    whole = json.loads((EXAMPLES / "glass_in.json").read_bytes())
    head, tail = dict(whole), dict(whole)
    head["readings"], tail["readings"] = whole["readings"][:20], whole["readings"][20:]
    head["now"] = head["readings"][-1]["measured_at"]
    one, two = answer(head), answer({**tail, "state": answer(head)["state"]})
    expected = answer(whole)
    assert one["states"] + two["states"] == expected["states"]
    assert one["events"] + two["events"] == expected["events"]
    assert two["state"] == expected["state"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"v": 2}, "the document must have v = 1"),
        ({"extra": 1}, "the document has an unknown field, 'extra'"),
        ({"readings": {}}, "readings must be a list"),
        ({"horizon_s": 1.5}, "horizon_s must be an integer"),
        ({"horizon_s": True}, "horizon_s must be an integer"),
        ({"now": "2026-11-02"}, "now has no time zone"),
        ({"now": None}, "now must be an RFC 3339 instant"),
        ({"readings": [{}]}, "reading lacks measured_at"),
        ({"rules": {"fire_c": "hot"}}, "fire_c must be a finite number of at most a billion"),
    ],
)
def test_refusals(change: dict[str, object], sentence: str) -> None:
    """Each says what is wrong."""
    document = {**json.loads((EXAMPLES / "probe_in.json").read_bytes()), **change}
    with pytest.raises(Refused) as refusal:
        answer(document)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("missing", ["calibration", "readings", "now"])
def test_lacking(missing: str) -> None:
    """The three required parts."""
    document = json.loads((EXAMPLES / "probe_in.json").read_bytes())
    del document[missing]
    with pytest.raises(Refused, match=f"the document lacks {missing}"):
        answer(document)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"{", "the input is not JSON"),
        (b"\xff", "the input is not JSON"),
        (b"[" * 100_000, "the input is not JSON"),
        (b"[]", "the document must be an object"),
    ],
)
def test_bad_input_is_a_value(
    text: bytes, sentence: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Status 2 and one sentence, never a traceback."""
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text)))
    assert main() == 2
    assert json.loads(capsys.readouterr().out) == {"refused": sentence}


def test_good_input_is_status_0(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 0 and the answer."""
    text = (EXAMPLES / "probe_in.json").read_bytes()
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text)))
    assert main() == 0
    assert json.loads(capsys.readouterr().out) == answer(json.loads(text))
