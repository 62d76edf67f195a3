"""Named queries: one file, many blocks, each with its name; a mistake in the file is seen at import."""

from pathlib import Path

import pytest

from store.queries import named_queries


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """A package with a `.sql` file to write."""
    folder = tmp_path / f"queries_of_{request.node.name}"  # its own name: Python keeps what it imported
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder


def test_blocks_are_read_by_name(package: Path) -> None:
    """What comes before the first name is a preface; a final semicolon is dropped, comments stay."""
    (package / "queries.sql").write_text(
        "-- preface\n\n-- name: one\n-- why?\nSELECT 1;\n\n-- name: two\nSELECT 'é'\n"
    )
    found = named_queries(package.name)
    assert found == {"one": b"-- why?\nSELECT 1", "two": "SELECT 'é'".encode()}


def test_a_name_given_twice_is_refused(package: Path) -> None:
    """The second would silently replace the first."""
    (package / "queries.sql").write_text("-- name: one\nSELECT 1;\n-- name: one\nSELECT 2;\n")
    with pytest.raises(ValueError, match="one twice"):
        named_queries(package.name)
