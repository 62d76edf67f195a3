"""A sheet becomes a PDF: tagged (PDF/UA-1), archivable (PDF/A-2a), the same bytes each time. Reads no table.

Only this module imports typst and zxing-cpp. Typst's own fonts are used, so no font of the machine matters.
"""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst
import zxingcpp

TEMPLATE = Path(__file__).parent / "bill.typ"
STANDARDS = ["a-2a", "ua-1"]


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(input=str(TEMPLATE), root=str(TEMPLATE.parent), ignore_system_fonts=True)


def render(sheet: dict[str, Any], issued: datetime) -> bytes:
    """The PDF of a sheet; its date is the bill's, so that printing again gives the same file."""
    whole = issued.astimezone(UTC).replace(microsecond=0)  # typst takes no less than a second
    return _compile(sheet, format="pdf", pdf_standards=STANDARDS, timestamp=whole)


def picture(sheet: dict[str, Any], dots_per_inch: int = 110) -> bytes:
    """The first page as PNG, to look at."""
    return _compile(sheet, format="png", ppi=float(dots_per_inch))


def _compile(sheet: dict[str, Any], **how: Any) -> bytes:
    pay = sheet["pay"]
    if pay["link"]:
        pay = {
            **pay,
            "qr": _code(pay["link"], zxingcpp.BarcodeFormat.QRCode),
            "matrix": _code(pay["matrix_text"], zxingcpp.BarcodeFormat.DataMatrix),
        }
    text = json.dumps({**sheet, "pay": pay}, ensure_ascii=False)
    made = _compiler().compile(sys_inputs={"sheet": text}, **how)
    if isinstance(made, list):  # several pages as pictures
        made = made[0]
    assert isinstance(made, bytes)  # noqa: S101 - without output file the compiler gives bytes
    return made


def _code(text: str, form: zxingcpp.BarcodeFormat) -> str:
    return str(zxingcpp.create_barcode(text, form).to_svg())
