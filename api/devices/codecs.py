"""Which codec names a device may bear. The one place that asks `ingest.codecs`."""

import re
from functools import cache
from importlib import import_module
from importlib.util import find_spec

NATIVE = "native"
_NAME = re.compile(r"[A-Za-z0-9-]{1,40}/[A-Za-z0-9_.-]{1,40}")


@cache
def codec_names() -> tuple[str, ...]:
    """Return the codecs this version decodes, `native` first; only `native` while it has none of its own."""
    if find_spec("ingest.codecs") is None:
        return (NATIVE,)
    names = getattr(import_module("ingest.codecs"), "codec_names", None)
    return (NATIVE, *(sorted(names()) if names else ()))


def codec_problem(codec: str) -> str:
    """Say in French why a device cannot bear this codec; empty when it can."""
    known = codec_names()
    if codec in known:
        return ""
    if len(known) > 1 or not _NAME.fullmatch(codec):
        return f"Le décodeur « {codec[:60]} » n'existe pas : « native », ou fabricant/modèle."
    return ""
