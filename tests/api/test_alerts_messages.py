"""What people read: one alert, a digest, a storm, an SMS that fits, the document of a webhook."""

import json
from datetime import UTC, datetime

from api.alerts.messages import LONGEST_SMS, MOST_LINES, Told, compose

LINK = "https://glaneur.example/alertes"


def told(
    number: int = 1, kind: str = "urgent", occasion: str = "opened", sentence: str = "Remplie à 93 %."
) -> Told:
    """One alert to tell."""
    return Told(
        id=number,
        kind=kind,
        container=f"V{number}",
        stream="verre",
        commune="Fruges",
        point_name="Place du Lavoir",
        opened_at=datetime(2026, 11, 23, 11, tzinfo=UTC),
        sentence=sentence,
        occasion=occasion,
    )


def test_one_alert_says_where_and_why() -> None:
    """The title alone says what and where; the text why, since when, and where to act."""
    text = compose("email", [told()], "Haut-Pays", LINK, 180)
    assert text.title == "Urgente : V1 (Fruges)"
    for part in ("Place du Lavoir", "Remplie à 93 %.", "lun. 23 nov., 12\u00a0h\u00a000", LINK, "Haut-Pays"):
        assert part in text.body


def test_repeats_and_escalations_say_so() -> None:
    """The reader knows that it is not the first message."""
    assert compose("email", [told(occasion="repeat 2")], "", "", 1).title.startswith("Rappel, ")
    assert compose("sms", [told(occasion="escalated")], "", "", 1).title.startswith("Escalade, ")


def test_a_digest_counts_by_kind_the_gravest_first() -> None:
    """Many alerts are one message that begins with what matters."""
    alerts = [told(1, "silent"), told(2, "fire"), told(3, "silent"), told(4, "urgent")]
    text = compose("email", alerts, "", LINK, 180)
    assert text.title == "4 alertes : 1 feu, 1 urgente, 2 sondes muettes"
    lines = [line for line in text.body.splitlines() if line.startswith("- ")]
    assert [line.split()[1] for line in lines] == ["V2", "V4", "V1", "V3"]


def test_a_storm_names_its_likely_cause_and_stays_short() -> None:
    """180 silences are the network's: said first, and not in 180 lines."""
    text = compose("email", [told(number, "silent") for number in range(180)], "", LINK, 180)
    assert text.title == "Panne de collecte probable : 180 sondes muettes"
    assert "180 des 180 sondes se sont tues ensemble" in text.body
    assert f"… et {180 - MOST_LINES} autres." in text.body
    few = compose("email", [told(number, "silent") for number in range(21)], "", LINK, 180)
    assert few.title == "21 alertes : 21 sondes muettes"


def test_an_sms_fits_and_keeps_its_link() -> None:
    """Whatever the sentence, the text has room for the address to act at."""
    for sentence in ("Remplie.", "Très longue. " * 60):
        body = compose("sms", [told(sentence=sentence)], "", LINK, 180).body
        assert len(body) <= LONGEST_SMS
        assert body.endswith(LINK)


def test_the_document_of_a_webhook() -> None:
    """Programs get identifiers, kinds and instants, every alert of them."""
    document = compose(
        "webhook", [told(number, occasion="repeat 3") for number in range(90)], "", "", 180
    ).document
    assert json.loads(json.dumps(document)) == document
    assert len(document["alerts"]) == 90
    assert document["alerts"][0]["occasion"] == "repeat"
    assert document["alerts"][0]["opened_at"] == "2026-11-23T11:00:00+00:00"
