"""What people read when they are told: one alert plainly, many as a digest, in French. Pure.

Holds no address and no name: alerts' own sentences, places and figures.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.alerts.due import ESCALATED, OPENED
from api.dispatch.words import alert_word
from api.french import instant

MOST_LINES = 60
LONGEST_SMS = 300  # two SMS: gateways join them
STORM = 20
STORM_SHARE = 0.25
PLURALS = {
    "fire": "feux possibles",
    "urgent": "colonnes urgentes",
    "overflow": "débordements probables",
    "unexplained_emptying": "vidages inexpliqués",
    "tilt": "colonnes basculées",
    "plan": "colonnes à vider",
    "implausible": "sondes incohérentes",
    "silent": "sondes muettes",
    "low_battery": "piles faibles",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One alert in a message."""

    id: int
    kind: str
    container: str
    stream: str
    commune: str
    point_name: str
    opened_at: datetime
    sentence: str
    occasion: str


@dataclass(frozen=True, slots=True)
class Composed:
    """A message: its title, its text for its channel, and the document a webhook gets."""

    title: str
    body: str
    document: dict[str, Any]


def compose(channel: str, alerts: Sequence[Told], territory: str, link: str, probes: int) -> Composed:
    """Write one message about `alerts`, the gravest first.

    `probes` is how many hang in all, `link` the inbox.
    """
    ordered = sorted(alerts, key=lambda one: (alert_word(one.kind).rank, one.commune, one.container))
    title = _title(ordered, probes)
    body = (
        _short(title, ordered, link) if channel == "sms" else _long(title, ordered, territory, link, probes)
    )
    return Composed(title, body, _document(title, ordered))


def storm(alerts: Sequence[Told], probes: int) -> bool:
    """Say whether so many probes fell silent that the network, not the probes, is to blame."""
    silent = sum(one.kind == "silent" for one in alerts)
    return silent >= STORM and silent >= STORM_SHARE * probes


def _title(alerts: Sequence[Told], probes: int) -> str:
    first = alerts[0]
    if len(alerts) == 1:
        label = alert_word(first.kind).label
        again = {OPENED: "", ESCALATED: "Escalade, "}.get(first.occasion, "Rappel, ")
        return f"{again}{label} : {first.container} ({first.commune})"
    counted = Counter(one.kind for one in alerts)
    parts = [_counted(kind, times) for kind, times in counted.items()]
    if storm(alerts, probes):
        return f"Panne de collecte probable : {', '.join(parts)}"
    return f"{len(alerts)} alertes : {', '.join(parts)}"


def _counted(kind: str, times: int) -> str:
    if times == 1:
        return f"1 {alert_word(kind).label.lower()}"
    return f"{times} {PLURALS.get(kind, alert_word(kind).label.lower())}"


def _short(title: str, alerts: Sequence[Told], link: str) -> str:
    text = f"Glaneur – {title}. "
    if len(alerts) == 1:
        text += f"{alerts[0].point_name}. {alerts[0].sentence} "
    room = LONGEST_SMS - len(link)
    text = text if len(text) <= room else text[: room - 2].rstrip() + "… "
    return (text + link).strip()


def _long(title: str, alerts: Sequence[Told], territory: str, link: str, probes: int) -> str:
    lines = [f"{title}.", ""]
    if storm(alerts, probes):
        silent = sum(one.kind == "silent" for one in alerts)
        lines += [
            f"{silent} des {probes} sondes se sont tues ensemble : regardez d'abord le réseau, "
            "le courtier MQTT et la passerelle, avant les sondes.",
            "",
        ]
    kind = ""
    for one in alerts[:MOST_LINES]:
        if one.kind != kind and len(alerts) > 1:
            lines += ["", f"{alert_word(one.kind).label}"]
        kind = one.kind
        mark = {OPENED: "", ESCALATED: " [escalade]"}.get(one.occasion, " [rappel]")
        lines.append(f"- {one.container} ({one.commune}, {one.point_name}){mark} : {one.sentence}")
        lines.append(f"  Depuis {instant(one.opened_at)}.")
    if len(alerts) > MOST_LINES:
        lines.append(f"… et {len(alerts) - MOST_LINES} autres.")
    lines += [
        "",
        f"Boîte des alertes : {link}" if link else "Voir la boîte des alertes.",
        "",
        f"Glaneur – {territory}",
    ]
    lines.append("Vous recevez ce message parce que vous y êtes abonné (page « Mes abonnements »).")
    return "\n".join(lines)


def _document(title: str, alerts: Sequence[Told]) -> dict[str, Any]:
    return {
        "v": 1,
        "title": title,
        "alerts": [
            {
                "id": one.id,
                "kind": one.kind,
                "occasion": one.occasion.partition(" ")[0],
                "container": one.container,
                "stream": one.stream,
                "commune": one.commune,
                "point": one.point_name,
                "opened_at": one.opened_at.isoformat(),
                "sentence": one.sentence,
            }
            for one in alerts
        ],
    }
