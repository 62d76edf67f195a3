"""How the finance pages say things: amounts, computations, states, kinds, decisions. Pure."""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from api.french import PARIS
from tariff.explain import UNITS
from tariff.lines import figure

WORDS = {
    "draft": ("brouillon", "info"),
    "controlled": ("contrôlé", "plan"),
    "approved": ("approuvé", "plan"),
    "issued": ("émis", "ok"),
    "abandoned": ("abandonné", "info"),
}
KINDS = {
    "fixe": "part fixe",
    "compris": "compris",
    "variable": "part variable",
    "minimum": "minimum",
    "remise": "remise",
    "service": "service",
    "penalite": "pénalité",
    "deduit": "déduit",
    "pourcentage": "pourcentage",
    "acompte": "acompte",
    "arrondi": "arrondi",
    "plancher": "plancher",
}
RULES = {
    "double": "lu deux fois",
    "voisin": "bac voisin",
    "loin": "loin de l'adresse",
    "cadence": "cadence impossible",
    "declare": "signalé par l'appareil",
}
STATES = {
    "recue": ("reçue", "info"),
    "examen": ("en examen", "plan"),
    "attente": ("attend une pièce", "plan"),
    "decidee": ("décidée, à répondre", "plan"),
    "repondue": ("répondue", "ok"),
}
CHANNELS = {"telephone": "téléphone", "courrier": "courrier", "courriel": "courriel", "guichet": "guichet"}
OUTCOMES = {"acceptee": "acceptée", "en_partie": "acceptée en partie", "rejetee": "rejetée"}
STEPS = {
    "ouverture": "Ouverte",
    "commentaire": "Commentaire",
    "etat": "Suivi",
    "echeance": "Échéance",
    "decision": "Décision",
    "correction": "Correction",
    "rectification": "Rectification",
    "reponse": "Réponse",
}
FACTS = {
    "categorie": "catégorie",
    "personnes": "personnes",
    "commune": "commune",
    "options": "options",
    "frequence": "collectes par semaine",
    "valeur_locative": "valeur locative",
    "tantiemes": "tantièmes",
}
EVENTS = {
    **{kind: UNITS[kind][0] for kind in ("levee", "ouverture", "passage", "depot")},
    "carte_perdue": "carte perdue",
    "refus_de_tri": "refus de tri",
    "acompte": "acompte appelé",
}


def euros(amount: Decimal | str | None) -> str:
    """An amount as people read it, « 1 234,56 € »."""
    if amount is None:
        return "–"
    return f"{Decimal(amount):,.2f}".replace(",", "\u00a0").replace(".", ",") + "\u00a0€"


def signed(amount: Decimal) -> str:
    """A difference, with its sign."""
    return ("+" if amount > 0 else "") + euros(amount).replace("-", "\u2212")


def told(line: dict[str, Any]) -> str:
    """A line's computation as a person writes it; empty when there is none."""
    if line["nature"] in ("arrondi", "plancher", "acompte", "pourcentage"):
        return ""
    quantity = Fraction(line["quantite"])
    unit = UNITS.get(line["unite"], (line["unite"], line["unite"]))[quantity > 1]
    if line["nature"] == "compris":
        return f"{figure(quantity)} {unit} sans frais"
    part = f", part {line['part']}" if line["part"] else ""
    return f"{figure(quantity)} {unit} × {line['prix'].replace('.', ',')}\u00a0€{part}"


def dated(at: datetime) -> str:
    """Day, year and hour in Paris: a bill is read years later."""
    local = at.astimezone(PARIS)
    return f"{local:%d/%m/%Y} à {local:%H:%M}"


def kind_word(kind: str) -> str:
    """What an event is called."""
    return EVENTS.get(kind, kind.replace("_", " "))


def standing(event: dict[str, Any]) -> tuple[str, str, str]:
    """How an event stands: (word, badge, why). `action`, `reason`: the last decision."""
    if event.get("action") == "annuler":
        return "non facturé", "urgent", event["reason"]
    if event.get("action") == "retenir":
        return "retenu", "ok", event["reason"]
    if event.get("aside"):
        return "à vérifier", "plan", event["aside"].removeprefix("à vérifier : ")
    return "compté", "ok", ""
