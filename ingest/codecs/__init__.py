"""A device's payload in, canonical samples out: start at `registry.decode`. README.md: the vocabulary."""

from pathlib import Path


def codec_names(folder: Path | None = None) -> tuple[str, ...]:
    """Return every name a device may bear, aliases and the JavaScript of `folder` included, in order."""
    # Imported when asked: whoever wants one decoder must not load the others.
    from ingest.codecs.library import Library, read_scripts

    return Library(None if folder is None else read_scripts(folder)).names()
