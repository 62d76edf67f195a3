"""What relatives read: about a delivery on the page, in a mail, in an SMS. French, short. Pure.

No name and no detail of anybody's health: a telephone lies on a table, a mail is read over a shoulder.
"""

from datetime import datetime, timedelta

from api.family.arrival import Expected
from api.french import NBSP, PARIS, day, hour

RIGHTS = {
    "menus": "voir les menus",
    "order": "commander et annuler",
    "delivery": "suivre la livraison",
    "wellbeing": "savoir si tout va bien",
    "bills": "voir les factures",
}
CHANNELS = {"email": "courriel", "sms": "SMS"}
RIGHT_OF = {
    "delivered": "delivery",
    "neighbour": "delivery",
    "absent": "delivery",
    "refused": "delivery",
    "blocked": "delivery",
    "late": "delivery",
    "cancelled": "delivery",
    "worry": "wellbeing",
    "bill": "bills",
}
"""Which right a notice needs."""
CHOICES = {
    "done": ("le repas est remis", ("delivered", "neighbour")),
    "trouble": ("le repas n'a pas pu être remis", ("absent", "refused", "blocked", "cancelled")),
    "late": ("la livraison a du retard", ("late",)),
    "worry": ("le livreur signale une inquiétude", ("worry",)),
    "bill": ("une facture est prête", ("bill",)),
}
"""What a relative may choose to be told, each with its kinds of notices."""
GOES_STALE = frozenset({"delivered", "neighbour", "late"})
"""Not worth telling the day after."""
STALE_AFTER = timedelta(hours=12)

_TOLD = {
    "delivered": "Le repas de votre proche a été remis{at}.",
    "neighbour": "Le repas de votre proche a été confié à un voisin{at}.",
    "absent": "Personne n'a ouvert{at} pour le repas de votre proche. Le service est prévenu.",
    "refused": "Le repas de votre proche a été refusé{at}. Le service est prévenu.",
    "blocked": "Le livreur a retenu le repas de votre proche, qui n'a pas été remis. Le service est prévenu.",
    "worry": "Le livreur a signalé une inquiétude{at} chez votre proche. Le service est prévenu.",
    "late": "La livraison du repas de votre proche a du retard.",
    "cancelled": "La livraison du repas de votre proche n'aura pas lieu {day}.",
    "bill": "Une nouvelle facture des repas de votre proche est disponible.",
}
_TOLD_THEMSELVES = {
    "delivered": "Votre repas a été remis{at}.",
    "neighbour": "Votre repas a été confié à un voisin{at}.",
    "absent": "Personne n'a ouvert{at} pour votre repas. Appelez le service.",
    "refused": "Votre repas a été refusé{at}.",
    "blocked": "Le livreur a retenu votre repas, qui n'a pas été remis. Le service est prévenu.",
    "worry": "Le livreur a signalé une inquiétude{at} à votre sujet. Le service est prévenu.",
    "late": "La livraison de votre repas a du retard.",
    "cancelled": "La livraison de votre repas n'aura pas lieu {day}.",
    "bill": "Une nouvelle facture de vos repas est disponible.",
}
_GSM = str.maketrans({NBSP: " ", "û": "u", "ê": "e", "ô": "o", "î": "i", "â": "a"})
STATES = {
    "delivered": "Livré à {at}",
    "neighbour": "Confié à un voisin à {at}",
    "absent": "Personne n'a ouvert à {at}",
    "refused": "Refusé à {at}",
    "blocked": "Retenu par le livreur à {at}",
}
AFTER = {
    "neighbour": "Le livreur a laissé le repas chez un voisin convenu.",
    "absent": "Le service est prévenu. Vous pouvez appeler votre proche.",
    "refused": "Le repas n'a pas été accepté à la porte. Le service est prévenu.",
    "blocked": "Le contrôle de température n'a pas permis de remettre le plateau. Le service est prévenu.",
}


def after_text(kind: str, *, themselves: bool) -> str:
    """What follows from it, in a sentence; empty when all is well."""
    if themselves and kind == "absent":
        return "Si vous êtes chez vous, appelez le service."
    return AFTER.get(kind, "")


def notice_text(kind: str, happened: datetime, now: datetime, *, themselves: bool) -> str:
    """The one sentence of a notice; the day is said when it is not today's."""
    today = happened.astimezone(PARIS).date() == now.astimezone(PARIS).date()
    at = f" à {hour(happened)}" if today else f" le {day(happened)} à {hour(happened)}"
    told = _TOLD_THEMSELVES if themselves else _TOLD
    return told[kind].format(at=at, day="aujourd'hui" if today else f"le {day(happened)}")


def sms_text(text: str) -> str:
    """A notice as an SMS: one letter outside GSM 03.38 (a no-break space, août) makes pieces of 70 signs."""
    return text.translate(_GSM)


def mail_text(text: str, page: str) -> str:
    """A notice as a mail's body; `page` is the family's address, empty when it is not known."""
    where = f"\n\nSuivre les livraisons, choisir ce qui vous est dit : {page}" if page else ""
    return f"{text}{where}\n\nCe message est envoyé par le service de portage de repas."


def link_text(code: str, page: str, *, minutes: int, short: bool) -> str:
    """The message that carries a link; the code stands behind the #, and alone for who types it."""
    if short:
        link = f" {page}/entrer#{code}" if page else f" Code à saisir sur la page de la famille : {code}"
        return f"Portage de repas : votre lien pour {minutes} minutes, une seule fois.{link}"
    lines = ["Voici votre lien pour suivre les repas de votre proche.", ""]
    lines += (
        [f"{page}/entrer#{code}", "", f"Ou saisissez ce code sur {page}/entrer : {code}"]
        if page
        else [f"Code : {code}"]
    )
    lines += ["", f"Il sert une seule fois, pendant {minutes} minutes."]
    lines.append("Si vous n'avez rien demandé, ne faites rien : personne n'entre sans ce message.")
    return "\n".join(lines)


def state_text(kind: str, at: datetime) -> str:
    """« Livré à 11 h 42 »."""
    return STATES[kind].format(at=hour(at))


def arrival_text(guess: Expected) -> str:
    """« Arrivée prévue vers 11 h 40 (entre 11 h 25 et 11 h 55) »."""
    if guess.passed_by:
        return (
            f"Le livreur a changé l'ordre de sa tournée : passage possible jusque vers {hour(guess.latest)}"
        )
    return f"Arrivée prévue vers {hour(guess.at)} (entre {hour(guess.earliest)} et {hour(guess.latest)})"


def progress_text(guess: Expected) -> str:
    """Where the van is, as far as is known."""
    if guess.silent_since is not None and guess.late is None:
        return (
            f"La tournée devait commencer à {hour(guess.silent_since)} : pas encore de nouvelles du livreur."
        )
    if guess.silent_since is not None:
        return f"Pas de nouvelles du livreur depuis {hour(guess.silent_since)} : l'heure est incertaine."
    if guess.late is None:
        return "La tournée n'a pas commencé : c'est l'heure prévue."
    doors = (
        "C'est la prochaine porte."
        if guess.doors_before == 0
        else f"Encore {guess.doors_before} porte{'s' if guess.doors_before > 1 else ''} avant."
    )
    minutes = round(guess.late.total_seconds() / 60)
    if minutes >= 5:
        return f"{doors} Le livreur a {minutes} minutes de retard."
    return (
        f"{doors} Le livreur a {-minutes} minutes d'avance."
        if minutes <= -5
        else f"{doors} Le livreur est à l'heure."
    )
