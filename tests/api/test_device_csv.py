"""A CSV file of devices: what spreadsheets really write, each refused row with its line and its reason."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.devices.csv_rows import DeviceRow, Parsed, RefusedRow, identity_problem, parse_csv

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
HEAD = "serial;codec;report_interval_s;container;mounted_from\n"


def parsed(text: str) -> Parsed:
    return parse_csv(text.encode(), NOW)


def test_a_full_file() -> None:
    """Semicolons, an empty line, dates as ISO or as French people write them, winter and summer time."""
    found = parsed(
        HEAD
        + "GLN-1;native;7200;V1;2026-11-20 09:30\n\nGLN-2;;;P1;20/07/2026\nGLN-3;milesight/EM400-TLD;;;\n"
    )
    assert found.refused == ()
    assert found.rows == (
        DeviceRow(
            serial="GLN-1",
            report_interval_s=7200,
            container="V1",
            mounted_from=datetime(2026, 11, 20, 8, 30, tzinfo=UTC),
            line=2,
        ),
        DeviceRow(serial="GLN-2", container="P1", mounted_from=datetime(2026, 7, 19, 22, tzinfo=UTC), line=4),
        DeviceRow(serial="GLN-3", codec="milesight/EM400-TLD", line=5),
    )


def test_commas_french_headings_and_a_byte_order_mark() -> None:
    """As exported by other spreadsheets; a container without date hangs from now on."""
    found = parse_csv("\ufeffSérie,Colonne,couleur\nGLN-1,V1,rouge\n".encode(), NOW)
    assert found.rows == (DeviceRow(serial="GLN-1", container="V1", mounted_from=NOW, line=2),)


def test_windows_letters_are_read() -> None:
    """A file saved by an old spreadsheet: the heading has an accent that is not UTF-8."""
    found = parse_csv(
        "série;réseau;dev_eui;network_path\nA;loriot;24:E1:24:71:3D:00:00:01;\n".encode("cp1252"), NOW
    )
    assert found.rows[0].dev_eui == "24E124713D000001"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("GLN 1;;;;", "Le numéro de série doit avoir"),
        (";native;;;", "Le numéro de série doit avoir"),
        ("GLN-1;;deux heures;;", "L'intervalle d'envoi n'est pas un nombre"),
        ("GLN-1;;0;;", "L'intervalle d'envoi doit être"),
        ("GLN-1;;;V1;hier", "La date de montage n'est pas lisible"),
        ("GLN-1;;;V1;31/02/2026", "La date de montage n'est pas lisible"),
        ("GLN-1;;;;2026-11-20", "Une date de montage est donnée sans colonne"),
    ],
)
def test_a_bad_row_is_refused_with_its_line(row: str, reason: str) -> None:
    """Its neighbours are kept."""
    found = parsed(f"{HEAD}GLN-0;;;;\n{row}\nGLN-2;;;;\n")
    assert [good.serial for good in found.rows] == ["GLN-0", "GLN-2"]
    (bad,) = found.refused
    assert bad.line == 3
    assert bad.reason.startswith(reason)


def test_the_same_serial_twice_names_the_first_line() -> None:
    """The first is kept."""
    found = parsed(HEAD + "GLN-1;;;;\nGLN-1;;;;\n")
    assert found.refused == (RefusedRow(3, "GLN-1", "Ce numéro est déjà à la ligne 2."),)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (DeviceRow(serial="A", network="native", dev_eui="24E124713D000001"), "n'a pas de DevEUI"),
        (DeviceRow(serial="A", network="loriot"), "le DevEUI est nécessaire"),
        (DeviceRow(serial="A", network="loriot", dev_eui="24E124713D00000"), "le DevEUI est nécessaire"),
        (DeviceRow(serial="A", network="sigfox"), "Le réseau doit être l'un de"),
        (DeviceRow(serial="A", network="tts", dev_eui="24E124713D000001"), "The Things Stack"),
        (DeviceRow(serial="A", network="loriot", dev_eui="24E124713D000001"), ""),
    ],
)
def test_identity_on_a_network(row: DeviceRow, problem: str) -> None:
    """A LoRaWAN device is named by its network, a native probe by its serial alone."""
    found = identity_problem(row)
    assert problem in found
    assert bool(found) is bool(problem)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "doit nommer les colonnes"),
        (b"numero_de_serie\nA\n", "doit nommer les colonnes"),
        (b"serial\n\x00\n", "n'est pas un fichier CSV"),
        (b"serial\n" + b"A\n" * 3 + b"".join(b"S%d\n" % n for n in range(5_000)), "plus de 5000 lignes"),
    ],
)
def test_a_file_that_is_none_says_so(content: bytes, problem: str) -> None:
    """One sentence, and no row is taken."""
    found = parse_csv(content, NOW)
    assert problem in found.problem
    assert found.rows == ()


@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda text: (HEAD + text).encode()))
def test_no_bytes_raise(content: bytes) -> None:
    """Anything may be uploaded; what is taken is valid."""
    for row in parse_csv(content, NOW).rows:
        assert identity_problem(row) == ""
