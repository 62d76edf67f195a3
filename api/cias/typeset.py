"""A sheet of data becomes a PDF by one of this room's templates (`*.typ`). Reads no table.

Typst's own fonts are used, so no font of the machine matters; the same data gives the same bytes.
"""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import typst

FOLDER = Path(__file__).parent
Template = Literal["meal_bill", "labels"]
Standard = Literal["a-2a", "ua-1"]
STANDARDS: dict[Template, tuple[Standard, ...]] = {"meal_bill": ("a-2a", "ua-1"), "labels": ("ua-1",)}
"""Bills are archived and read aloud (PDF/A-2a, PDF/UA-1); labels are printed the same day."""


@cache
def _compiler(template: Template) -> typst.Compiler:
    return typst.Compiler(input=str(FOLDER / f"{template}.typ"), root=str(FOLDER), ignore_system_fonts=True)


def typeset(template: Template, sheet: dict[str, Any], at: datetime) -> bytes:
    """The PDF of a sheet, dated `at`."""
    whole = at.astimezone(UTC).replace(microsecond=0)  # typst takes no less than a second
    made = _compiler(template).compile(
        sys_inputs={"sheet": json.dumps(sheet, ensure_ascii=False)},
        format="pdf",
        pdf_standards=[*STANDARDS[template]],
        timestamp=whole,
    )
    assert isinstance(made, bytes)  # noqa: S101 - without output file the compiler gives bytes
    return made
