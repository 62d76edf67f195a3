"""The solver in a process of its own: the shell around the pure package.

OR-Tools holds Python's lock for the whole search and may eat memory without end; here it can be
cancelled, capped and killed, and whatever becomes of it is a value. The problem goes down the
child's standard input as one document; up come lines of JSON, one for each better plan, then the
answer. Orders found elsewhere may follow the problem down, one line each. Every plan is judged again
on this side. A killed child's last good plan is kept. ``portfolio`` runs several at once.
"""

import json
import os
import resource
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import IO, Any

from routing.checker import violations
from routing.document import parse, read, render, write
from routing.model import Failed, Plan, Problem, Refused
from routing.schedule import Orders
from routing.validate import refusals

GRACE_S = 10
"""Past its budget, a child has this long to send its answer: a machine may be busy with other things."""
LEAST_SHARE = 0.5
"""What remains of the budget for the search, however long loading the solver took (about a second)."""
POLL_S = 0.2
MEMORY_SIGNS = ("MemoryError", "bad_alloc", "allocate", "failed to map segment")
"""What Python, C++, and the loader print when the cap is reached."""
MEMORY_TEXT = "La mémoire accordée au calcul n'a pas suffi."

Answer = Plan | Refused | Failed


def solve_in_child(
    problem: Problem,
    *,
    seconds: float,
    seed: int = 1,
    steps: int | None = None,
    on_progress: Callable[[float, Plan], None] | None = None,
    should_cancel: Callable[[], bool] | None = None,
    memory_mb: int = 1500,
    engines: Sequence[str] | None = None,
    offers: "SimpleQueue[Orders | None] | None" = None,
    document: str | None = None,
    start: Orders | None = None,
) -> Answer:
    """``routing.solve.solve`` in a fresh process of at most ``memory_mb``, killed when it overstays.

    ``on_progress`` receives the part of the budget spent and each better plan; ``should_cancel`` is
    asked about five times a second; what is put in ``offers`` is told to the child. ``document`` is the
    problem as ``render`` gives it, when the caller has it; ``start`` is as for ``solve``. Never raises for
    what the child does.
    """
    reasons = refusals(problem)
    if reasons:
        return Refused(reasons=reasons)
    options: dict[str, Any] = {
        "seconds": seconds,
        "seed": seed,
        "steps": steps,
        "memory_mb": memory_mb,
        "engines": engines,
    }
    options["start"] = None if start is None else {one: list(stops) for one, stops in start.items()}
    options["until"] = monotonic() + seconds  # the kernel's clock, the same for the child
    offers = SimpleQueue() if offers is None else offers
    command = [sys.executable, "-m", "routing.child", json.dumps(options)]
    with subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as child:
        lines: SimpleQueue[str | None] = SimpleQueue()
        errors: deque[str] = deque(maxlen=20)
        threads = _attend(child, document or render(problem), lines, errors, offers)
        told = _until(lines, monotonic() + seconds + GRACE_S, should_cancel)
        try:
            answer, best = _listen(problem, told, on_progress)
            if answer is None:  # the pipe closed with nothing said: how did it end?
                answer = _death(child.wait(timeout=GRACE_S), threads[-1], errors)
        finally:
            child.kill()
            offers.put(None)
            for thread in threads:
                thread.join()
    return replace(answer, plan=best) if isinstance(answer, Failed) else answer


def _attend(
    child: "subprocess.Popen[str]",
    document: str,
    lines: "SimpleQueue[str | None]",
    errors: deque[str],
    offers: "SimpleQueue[Orders | None]",
) -> list[Thread]:
    """One thread per pipe, so that none can fill up and block; they end when the child does."""
    threads = [
        Thread(target=_send, args=(child.stdin, document, offers), daemon=True),
        Thread(target=_pump, args=(child.stdout, lines), daemon=True),
        Thread(target=lambda: errors.extend(child.stderr or ()), daemon=True),
    ]
    for thread in threads:
        thread.start()
    return threads


def _listen(
    problem: Problem,
    lines: Iterator[str | Failed],
    on_progress: Callable[[float, Plan], None] | None,
) -> tuple[Answer | None, Plan | None]:
    """The answer, None when there is none; and the best plan that came before it."""
    best: Plan | None = None
    for line in lines:
        message = line if isinstance(line, Failed) else _message(problem, line)
        if not isinstance(message, tuple):
            return message, best
        best = message[1]
        if on_progress is not None:
            on_progress(*message)
    return None, best


def _send(pipe: IO[str] | None, document: str, offers: "SimpleQueue[Orders | None]") -> None:
    if pipe is not None:
        with suppress(BrokenPipeError), pipe:  # a child that died says so by its end
            pipe.write(document + "\n")
            pipe.flush()
            for orders in iter(offers.get, None):
                pipe.write(json.dumps({vehicle: list(stops) for vehicle, stops in orders.items()}) + "\n")
                pipe.flush()


def _pump(pipe: IO[str] | None, lines: "SimpleQueue[str | None]") -> None:
    for line in pipe or ():
        lines.put(line)
    lines.put(None)


def _until(
    lines: "SimpleQueue[str | None]", deadline: float, should_cancel: Callable[[], bool] | None
) -> Iterator[str | Failed]:
    """Lines as they come; ends with the child, or with why it is not waited for any longer."""
    while True:
        try:
            line = lines.get(timeout=POLL_S)
        except Empty:
            line = ""  # nothing yet: time to ask
        if line is None:
            return
        if line:
            yield line
        if should_cancel is not None and should_cancel():
            yield Failed(code="cancelled", text="Calcul annulé.")
        if monotonic() > deadline:
            yield Failed(code="deadline", text="Le calcul n'a pas rendu la main dans le temps accordé.")


def _message(problem: Problem, line: str) -> tuple[float, Plan] | Answer:
    """A better plan with its progress, or the answer. What the judge refuses is a failure."""
    try:
        message = json.loads(line)
        kind, value = message["kind"], message["value"]
    except (ValueError, TypeError, KeyError):
        return Failed(code="protocol", text="Réponse illisible du calcul.")
    if kind == "refused":
        return read(Refused, value)
    if kind == "memory":
        return Failed(code="memory", text=MEMORY_TEXT)
    plan = read(Plan, value)
    if isinstance(plan, Refused) or violations(problem, plan):
        return Failed(code="protocol", text="Le plan rendu ne passe pas la vérification.")
    return (float(message["progress"]), plan) if kind == "better" else plan


def _death(code: int, listener: Thread, errors: deque[str]) -> Failed:
    listener.join(timeout=GRACE_S)
    said = "".join(errors)
    if any(sign in said for sign in MEMORY_SIGNS):
        return Failed(code="memory", text=MEMORY_TEXT)
    return Failed(code="killed", text=f"Le calcul s'est arrêté sans répondre (code {code}).")


def main(argument: str) -> None:
    """The child's side: cap, read, solve, answer. The kernel ends it should the parent be gone."""
    options = json.loads(argument)
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # numpy would reserve memory for every core there is
    cap = options["memory_mb"] * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (cap, cap))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, options["seconds"] + 2 * GRACE_S)
    try:
        _answer(options)
    except MemoryError:
        _say("memory", None)
    os._exit(0)  # a thread still reads what others found: nothing to wait for


def _answer(options: dict[str, Any]) -> None:
    from routing.solve import solve  # the solver's libraries load under the cap

    problem = parse(Problem, sys.stdin.buffer.readline())
    if isinstance(problem, Refused):
        _say("refused", write(problem))
        return
    heard: SimpleQueue[Orders] = SimpleQueue()
    Thread(target=_listen_below, args=(heard,), daemon=True).start()
    seconds = options["seconds"]
    answer = solve(
        problem,
        seconds=max(LEAST_SHARE * seconds, options.get("until", monotonic() + seconds) - monotonic()),
        seed=options["seed"],
        steps=options["steps"],
        engines=options.get("engines"),
        start=options.get("start"),
        hear=lambda: _latest(heard),
        progress=lambda part, plan: _say("better", write(plan), part),
    )
    _say("plan" if isinstance(answer, Plan) else "refused", write(answer))


def _listen_below(heard: "SimpleQueue[Orders]") -> None:
    for line in sys.stdin.buffer:
        heard.put(json.loads(line))


def _latest(heard: "SimpleQueue[Orders]") -> Orders | None:
    last = None
    while not heard.empty():
        last = heard.get()
    return last


def _say(kind: str, value: Any, progress: float = 1.0) -> None:
    line = json.dumps({"kind": kind, "progress": round(progress, 4), "value": value})
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
