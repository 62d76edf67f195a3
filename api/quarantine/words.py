"""Why a message was not taken, in the technician's French, and what can be done about it. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason's name, what it means, and what to do before trying again."""

    label: str
    meaning: str
    remedy: str


REASONS = {
    "unknown_device": Reason(
        "Sonde inconnue",
        "Aucune sonde déclarée ne porte ce numéro.",
        "Déclarez la sonde, puis reprenez le message.",
    ),
    "not_json": Reason(
        "Pas du JSON",
        "Le message n'est pas un document JSON.",
        "Vérifiez le microprogramme de la sonde ou le format choisi sur le réseau.",
    ),
    "malformed": Reason(
        "Message incomplet",
        "Un champ manque ou n'est pas du type attendu.",
        "Vérifiez le microprogramme de la sonde.",
    ),
    "wrong_version": Reason(
        "Version inconnue",
        "Le message annonce une version du contrat que cette plateforme ne parle pas.",
        "Mettez la plateforme à jour, puis reprenez le message.",
    ),
    "wrong_unit": Reason(
        "Mauvaise unité",
        "Une grandeur arrive dans une autre unité que celle du contrat.",
        "Réglez l'unité de la sonde ; ces messages-ci sont à écarter.",
    ),
    "out_of_range": Reason(
        "Valeur impossible",
        "Une valeur est hors des bornes physiques.",
        "Contrôlez la sonde sur place.",
    ),
    "in_the_future": Reason(
        "Date dans le futur",
        "La mesure est datée en avance sur notre horloge.",
        "Remettez la sonde à l'heure.",
    ),
    "too_late": Reason(
        "Trop ancien",
        "La mesure est plus vieille que la durée acceptée.",
        "Allongez cette durée (GLANEUR_LATE_DAYS) si la mesure a encore un intérêt, puis reprenez.",
    ),
    "too_large": Reason(
        "Trop gros",
        "Le message dépasse la taille acceptée.",
        "Cherchez qui l'envoie ; seul son début peut avoir été conservé.",
    ),
    "unknown_topic": Reason(
        "Adresse inconnue",
        "Le sujet MQTT n'est celui d'aucun contrat connu.",
        "Corrigez le sujet de la sonde ou déclarez le réseau.",
    ),
    "not_storable": Reason(
        "Non enregistrable",
        "Le message est lisible mais la base de données l'a refusé.",
        "C'est un défaut de la plateforme : prévenez l'administrateur.",
    ),
    "codec": Reason(
        "Décodeur en échec",
        "Le décodeur de la sonde n'a pas su lire ces octets.",
        "Corrigez le décodeur choisi pour la sonde, puis reprenez le message.",
    ),
    "not_this_device": Reason(
        "Autre modèle de sonde",
        "Ces octets ne sont pas ceux du modèle déclaré.",
        "Corrigez le décodeur choisi pour la sonde, puis reprenez le message.",
    ),
}
SETTLED = {"replayed": "repris", "dismissed": "écarté", "merged": "réuni à un autre"}


def reason_words(reason: str) -> Reason:
    """Name a reason; one that is not known yet is shown as it is."""
    return REASONS.get(reason, Reason(reason, "Le message a été refusé.", "Lisez le détail technique."))
