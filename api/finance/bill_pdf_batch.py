"""A run's bills as files, several processes at once: one file a bill, never half a file, resumable.

A file that is there is a bill that is done: issued bills do not change. Rows are streamed by pages, so that
memory does not grow with the run. Files and folder are their owner's alone, and named by numbers.
"""

import os
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow

from api.finance.bill_pdf import render
from api.finance.bill_pdf_sheet import Events, named_events, sheet
from api.finance.bill_settings import Billing, read_letterhead
from api.finance.imports import Refusal
from api.finance.registry import stored_grids
from store.queries import named_queries

SQL = named_queries("api.finance", "bills.sql")
PAGE = 50
ZIPPED = 1000
Job = tuple[str, dict[str, Any], Any]
Progress = Callable[[int, int], None]
Printer = Callable[[DictRow, Events], dict[str, Any]]


def folder_of(base: Path, run: int) -> Path:
    """The folder of a run's bills, made if need be; nobody but its owner enters it."""
    folder = base / f"calcul-{run}"
    for one in (base, folder):
        one.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def write_bills(
    connection: Connection[DictRow], run: int, base: Path, billing: Billing, *, workers: int = 2,
    progress: Progress = lambda done, of: None,
) -> int:  # fmt: skip
    """Write the bills that have no file yet; how many were written. Errors: `Refusal`, `BadLetterhead`."""
    total = count(connection, run)
    folder = folder_of(base, run)
    for left in folder.glob(".*.part"):
        left.unlink()
    done = written = 0
    waiting: set[Future[int]] = set()
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_alone) as pool:
        for seen, jobs in _pages(connection, run, folder, _printer(connection, billing)):
            done += seen - len(jobs)
            if jobs:
                waiting.add(pool.submit(_write, str(folder), jobs))
            while len(waiting) > 2 * workers:
                ready = _first(waiting)
                done, written = done + ready, written + ready
                progress(done, total)
        while waiting:
            ready = _first(waiting)
            done, written = done + ready, written + ready
            progress(done, total)
    return written


def _first(waiting: set[Future[int]]) -> int:
    """The result of one that is done, or of the oldest."""
    one = next((future for future in waiting if future.done()), None) or next(iter(waiting))
    waiting.discard(one)
    return one.result()


def count(connection: Connection[DictRow], run: int) -> int:
    """How many bills an issued run has. Errors: `Refusal` when it is not issued."""
    row = connection.execute(SQL["run_printable"], {"run": run}).fetchone()
    if row is None:
        raise Refusal(f"Le calcul {run} n'est pas émis : ses factures ne s'impriment pas.")
    return int(row["bills"])


def one_bill(connection: Connection[DictRow], run: int, account: str, billing: Billing) -> bytes | None:
    """The PDF of one account's bill in an issued run; None when there is none."""
    values = {"run": run, "after": 0, "account": account, "limit": 1}
    rows = connection.execute(SQL["bills_printed"], values).fetchall()
    for row, made in _sheets(connection, rows, _printer(connection, billing)):
        return render(made, row["issued_at"])
    return None


def _pages(
    connection: Connection[DictRow], run: int, folder: Path, printer: Printer
) -> Iterator[tuple[int, list[Job]]]:
    after = 0
    there = {path.name for path in folder.glob("*.pdf")}
    while True:
        values = {"run": run, "after": after, "account": None, "limit": PAGE}
        rows = connection.execute(SQL["bills_printed"], values).fetchall()
        if not rows:
            return
        after = rows[-1]["account_id"]
        missing = [row for row in rows if _name(row) not in there]
        made = _sheets(connection, missing, printer)
        yield len(rows), [(_name(row), one, row["issued_at"]) for row, one in made]


def _printer(connection: Connection[DictRow], billing: Billing) -> Printer:
    head = read_letterhead(billing.bill_letterhead)
    taxes = {grid.resolution for grid in stored_grids(connection)[0] if grid.regime == "TEOMi"}
    return lambda row, events: sheet(row, events, head, billing, taxes)


def _name(row: DictRow) -> str:
    return f"facture-{row['number']}.pdf"


def _sheets(
    connection: Connection[DictRow], rows: list[DictRow], printer: Printer
) -> Iterator[tuple[DictRow, dict[str, Any]]]:
    if not rows:
        return
    ids = set().union(*(named_events(row) for row in rows))
    found = connection.execute(SQL["events_counted"], {"ids": sorted(ids)})
    events = {one["id"]: one for one in found}
    for row in rows:
        yield row, printer(row, events)


def _alone() -> None:
    """One thread a process: the processes are what uses the cores."""
    os.environ["RAYON_NUM_THREADS"] = "1"
    os.umask(0o077)


def _write(folder: str, jobs: list[Job]) -> int:
    for name, made, issued in jobs:
        part = Path(folder) / f".{name}.part"
        part.write_bytes(render(made, issued))
        part.chmod(0o600)
        part.rename(Path(folder) / name)
    return len(jobs)


def zip_bills(folder: Path, size: int = ZIPPED) -> list[Path]:
    """The folder's bills in archives of `size`, in the order of their numbers; each is whole or absent."""
    files = sorted(folder.glob("facture-*.pdf"))
    made = []
    for start in range(0, len(files), size):
        path = folder / f"factures-{start // size + 1:03}.zip"
        part = path.with_name(f".{path.name}.part")
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
            for file in files[start : start + size]:
                archive.write(file, file.name)
        part.chmod(0o600)
        part.rename(path)
        made.append(path)
    return made
