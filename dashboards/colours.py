"""The colours of the boards, and which series wears which: good and bad look the same everywhere."""

GREEN, AMBER, RED, BLUE, GREY = "#2f855a", "#b7791f", "#c53030", "#2b6cb0", "#718096"

MEANING = {
    "Subis": RED, "Évités": GREEN, "À vider": AMBER, "Urgentes": RED, "Faits": GREEN, "Non faits": RED,
    "Sans réponse": GREY, "Au seuil de vidage": AMBER, "Pleines au pire": "#dd6b20", "Pleines": RED,
    "Refus": RED, "Remis": GREEN, "Absents": AMBER, "Refusés": "#dd6b20", "Bloqués": RED, "À porter": BLUE,
    "Annulés avant": GREY, "Rien ne change": GREEN, "Autre heure": AMBER, "Autre conducteur": "#dd6b20",
    "Les deux": RED, "Au départ": BLUE, "À la porte": RED, "Personnes": RED, "Chaîne du froid": BLUE,
    "Retards": AMBER,
    "Départ, moyenne": "#63b3ed", "Porte, moyenne": "#f6ad55", "Départ, maximum": BLUE, "Porte, maximum": RED,
    "Produit émis": GREEN, "En préparation": GREY, "Budget": BLUE,
}  # fmt: skip
"""The colour of a series whose name says good or bad, the same on every board."""
