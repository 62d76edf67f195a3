"""Rows as a CSV that a French spreadsheet opens: semicolons, UTF-8 with its mark, decimal commas. Knows no
table."""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from fastapi import Response

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a cell of text must not begin with: a spreadsheet would work it out (OWASP, CSV injection)."""


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The whole file."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """The file as a download that nobody's cache keeps."""
    return download(name, csv_text(header, rows).encode("utf-8-sig"), "text/csv; charset=utf-8")


def download(name: str, body: bytes, media_type: str, *, inline: bool = False) -> Response:
    """A file to take away; `inline` for one that the browser shows."""
    shown = "inline" if inline else "attachment"
    headers = {"Content-Disposition": f'{shown}; filename="{name}"', "Cache-Control": "private, no-store"}
    return Response(body, media_type=media_type, headers=headers)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal | float):
        return str(value).replace(".", ",")
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(FORMULA) else text
