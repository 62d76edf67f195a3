"""The inbox's French: states, what happened, how long to wait, roads of messages. Pure."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class StateWord:
    """A state of the inbox: its name in addresses, its label, and what to say when it is empty."""

    name: str
    label: str
    empty: str


State = Literal["todo", "taken", "asleep", "open", "closed", "any"]
STATES: dict[State, StateWord] = {
    "todo": StateWord("a_traiter", "À traiter", "Rien à traiter : toutes les alertes sont prises en compte."),
    "taken": StateWord("prises", "Prises en compte", "Aucune alerte n'est en cours de traitement."),
    "asleep": StateWord("en_sommeil", "En sommeil", "Aucune alerte n'est en sommeil."),
    "open": StateWord("ouvertes", "Toutes les ouvertes", "Aucune alerte n'est ouverte."),
    "closed": StateWord("closes", "Closes (30 jours)", "Aucune alerte ne s'est close depuis 30 jours."),
}
EVENTS = {
    "opened": "Ouverte",
    "acknowledged": "Prise en compte",
    "assigned": "Attribuée",
    "released": "Remise à tous",
    "commented": "Commentaire",
    "snoozed": "Mise en sommeil",
    "woken": "Réveillée",
    "escalated": "Escaladée : personne ne l'avait prise en compte à temps",
    "told": "Message",
    "closed": "Close",
}
SNOOZES = {
    "1h": "1 heure",
    "demain": "demain 8 h",
    "3j": "3 jours",
    "7j": "une semaine",
    "30j": "30 jours",
}
CHANNELS = {"email": "courriel", "sms": "SMS", "webhook": "webhook"}
SENDS = {"waiting": ("En attente", "info"), "sent": ("Envoyé", "ok"), "dead": ("Abandonné", "urgent")}
DONE = {
    "reglage": "Le réglage est enregistré : il vaut dès maintenant.",
    "inchange": "Rien n'a changé.",
    "abonne": "L'abonnement est enregistré.",
    "retire": "L'abonnement est retiré.",
    "essai": "Un message d'essai est en route ; son sort se lit dans les envois.",
    "renvoi": "Les messages repartent dans la minute.",
}
