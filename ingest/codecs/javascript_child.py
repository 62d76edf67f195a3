"""The process that runs vendors' JavaScript: requests in, answers out, one line of JSON each.

A script of its own: imports the engine and the standard library, nothing of ours, so that it starts in
40 ms and holds no secret. QuickJS stops a loop of JavaScript by itself, but not one inside a built-in
(`new Array(1e9).join('x')`, a typed array's `sort`, an endless `toString` of what was thrown): measured,
those run on for ever. So each run also arms two timers of the kernel, whose default action ends this process;
the parent reads the end of the stream and starts another.

The time limits are processor time: a busy machine does not make a codec look slow.
"""

import json
import resource
import signal
import sys
from collections import OrderedDict
from pathlib import Path
from typing import Any

import quickjs

RUN_S = 0.05
LOAD_S = 0.25
_HARD_FACTOR = 3  # the kernel's limit, past which the engine has not stopped by itself
_WALL_S = 10.0
MEMORY_BYTES = 4 * 2**20
STACK_BYTES = 256 * 2**10
_CONTEXTS = 64
_PROCESS_BYTES = 768 * 2**20

_BINARY_DECODER = (Path(__file__).parent / "binary_decoder.js").read_text(encoding="utf-8")
_PRELUDE = (Path(__file__).parent / "prelude.js").read_text(encoding="utf-8")
# First letter of the prelude's answers.
_KINDS = {"B": "codec_broken", "O": "codec_output", "V": "codec_errors", "T": "codec_threw"}
Answer = dict[str, str]


class Script:
    """One codec in a context of its own; of no more use after a failure."""

    def __init__(self, source: str) -> None:
        self._context = quickjs.Context()
        self._context.set_memory_limit(MEMORY_BYTES)
        self._context.set_max_stack_size(STACK_BYTES)
        self._context.set_time_limit(LOAD_S)
        if "BinaryDecoder" in source:
            self._context.eval(_BINARY_DECODER)
        harness = self._context.eval(_PRELUDE)
        self._context.set("__harness", harness)
        load = self._context.eval("__harness.load")
        self._run = self._context.eval("__harness.run")
        self._context.eval("delete globalThis.__harness")
        self.loaded = self._call(load, source)
        self._context.set_time_limit(RUN_S)

    def run(self, given: str) -> Answer:
        """Decode one uplink; `given` is the JSON of its input."""
        return self._call(self._run, given)

    def memory_bytes(self) -> int:
        """What the context holds now."""
        return int(self._context.memory()["malloc_size"])

    @staticmethod
    def _call(function: Any, argument: str) -> Answer:
        try:
            said = function(argument)
        except quickjs.StackOverflow:
            return {"failed": "codec_stack", "detail": "its calls nest too deep"}
        except quickjs.JSException as error:
            return _stopped(str(error))
        if not isinstance(said, str) or not said:
            return {"failed": "codec_memory", "detail": f"more than {MEMORY_BYTES >> 20} MB"}
        if said[0] == "R":
            return {"ok": said[1:]}
        return _stopped(said[1:]) if said[0] == "T" else {"failed": _KINDS[said[0]], "detail": said[1:301]}


def _stopped(text: str) -> Answer:
    """Sort the engine's own errors from the codec's."""
    line = text.strip().splitlines()[0] if text.strip() else "null"
    if "interrupted" in line:
        return {"failed": "codec_timeout", "detail": f"more than {RUN_S * 1000:.0f} ms"}
    if "out of memory" in line or "string too long" in line or line == "null":
        return {"failed": "codec_memory", "detail": f"more than {MEMORY_BYTES >> 20} MB"}
    if "call stack" in line:
        return {"failed": "codec_stack", "detail": "its calls nest too deep"}
    return {"failed": "codec_threw", "detail": line[:300]}


class Scripts:
    """The codecs this process knows, and the contexts of those lately used."""

    def __init__(self) -> None:
        self._sources: dict[str, str] = {}
        self._live: OrderedDict[str, Script] = OrderedDict()

    def answer(self, request: dict[str, str]) -> Answer:
        """Load {id, source}, or run {id, input}."""
        name = request["id"]
        if "source" in request:
            self._sources[name] = request["source"]
            self._live.pop(name, None)
            return self._script(name).loaded
        script = self._script(name)
        _arm(RUN_S)
        said = script.loaded if "failed" in script.loaded else script.run(request["input"])
        _arm(0)
        if "failed" in said:
            self._live.pop(name, None)  # a fresh context after any error
        return said

    def _script(self, name: str) -> Script:
        script = self._live.get(name)
        if script is None:
            _arm(LOAD_S)
            script = self._live[name] = Script(self._sources[name])
            _arm(0)
            if len(self._live) > _CONTEXTS:
                self._live.popitem(last=False)
        self._live.move_to_end(name)
        return script


def _arm(seconds: float) -> None:
    """Have the kernel end this process past three times `seconds` of processor, or an age of the clock."""
    signal.setitimer(signal.ITIMER_PROF, seconds * _HARD_FACTOR)
    signal.setitimer(signal.ITIMER_REAL, _WALL_S if seconds else 0)


def _confine() -> None:
    for limit, value in (
        (resource.RLIMIT_AS, _PROCESS_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 16),
    ):
        resource.setrlimit(limit, (value, value))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which closes our input
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)


def main() -> None:
    """Answer until the parent closes the input."""
    _confine()
    scripts = Scripts()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            said = scripts.answer(request)
        except MemoryError:
            said = {"failed": "codec_memory", "detail": "the process has no memory left"}
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
