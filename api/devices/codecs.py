"""Which codec names a device may bear: ours, and the vendors' own that were dropped into GLANEUR_CODECS."""

import os
from functools import cache
from pathlib import Path

from ingest import codecs

NATIVE = "native"


@cache
def _own() -> tuple[str, ...]:
    return codecs.codec_names()


def codec_names() -> tuple[str, ...]:
    """Return every codec name, `native` first. A folder that cannot be read adds none: ingest says so."""
    folder = Path(os.environ.get("GLANEUR_CODECS", ""))
    dropped: tuple[str, ...] = ()
    if folder != Path() and folder.is_dir():
        # Names are the files': what is in them is ingest's to read.
        dropped = tuple(f"{one.parent.name}/{one.stem}" for one in folder.glob("*/*.js"))
    return (NATIVE, *sorted({*_own(), *dropped}))


def codec_problem(codec: str) -> str:
    """Say in French why a device cannot bear this codec; empty when it can."""
    if codec in codec_names():
        return ""
    return f"Le décodeur « {codec[:60]} » n'existe pas : « native », ou fabricant/modèle."
