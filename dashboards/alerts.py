"""Alert rules of the platform, as Grafana provisions them. Columns' own alerts are the platform's affair.

Each rule reads one figure and compares it: the query is A, the comparison B. `$` would be taken for the
environment by Grafana's provisioning, so that none is in these queries.
"""

from dataclasses import dataclass

from dashboards import house

FOLDER, GROUP, SOURCE_UID = "Glaneur", "plateforme", "glaneur"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A query of `sql/alerts.sql`, above what figure it warns, after how long, and the sentence."""

    query: str
    title: str
    above: float
    lasting: str
    severity: str
    sentence: str


RULES = (
    Rule(
        query="heard",
        title="Plus aucune mesure n'arrive",
        above=14_400,
        lasting="15m",
        severity="critical",
        sentence="Rien n'est venu des sondes depuis plus de quatre heures : courtier, réception, réseau.",
    ),
    Rule(
        query="sampled",
        title="Le service de fond ne travaille plus",
        above=1_800,
        lasting="5m",
        severity="critical",
        sentence="La plateforme ne se relève plus toutes les cinq minutes : le worker est arrêté ou bloqué.",
    ),
    Rule(
        query="quarantine",
        title="Des messages sont refusés",
        above=20,
        lasting="10m",
        severity="warning",
        sentence="Plus de vingt nouveaux messages sont en quarantaine depuis une heure.",
    ),
    Rule(
        query="queue",
        title="Les travaux attendent",
        above=900,
        lasting="10m",
        severity="warning",
        sentence="Un travail attend depuis plus d'un quart d'heure.",
    ),
    Rule(
        query="dead",
        title="Des envois sont perdus",
        above=0,
        lasting="5m",
        severity="warning",
        sentence="Des messages d'alerte n'ont pu être remis après tous leurs essais : voir « Envois ».",
    ),
    Rule(
        query="growth",
        title="La base grossit vite",
        above=5e9,
        lasting="6h",
        severity="warning",
        sentence="La base de données prend plus de 5 Go par jour.",
    ),
)


def provisioning() -> dict[str, object]:
    """Return the file of deploy/grafana/provisioning/alerting."""
    rules = [_rule(rule) for rule in RULES]
    group = {"orgId": 1, "name": GROUP, "folder": FOLDER, "interval": "1m", "rules": rules}
    return {"apiVersion": 1, "groups": [group]}


def _rule(rule: Rule) -> dict[str, object]:
    sql = house.queries("alerts")[rule.query]
    asked = {
        "refId": "A",
        "relativeTimeRange": {"from": 600, "to": 0},
        "datasourceUid": SOURCE_UID,
        "model": {"refId": "A", "format": "table", "rawQuery": True, "editorMode": "code", "rawSql": sql},
    }
    compared = {
        "refId": "B",
        "relativeTimeRange": {"from": 600, "to": 0},
        "datasourceUid": "__expr__",
        "model": {
            "refId": "B",
            "type": "threshold",
            "expression": "A",
            "conditions": [{"evaluator": {"type": "gt", "params": [rule.above]}}],
        },
    }
    return {
        "uid": f"glaneur-{rule.query}",
        "title": rule.title,
        "condition": "B",
        "data": [asked, compared],
        "for": rule.lasting,
        "noDataState": "Alerting",
        "execErrState": "Alerting",
        "labels": {"severity": rule.severity},
        "annotations": {
            "summary": rule.sentence,
            "__dashboardUid__": "glaneur-plateforme",
            "__panelId__": "1",
        },
        "isPaused": False,
    }
