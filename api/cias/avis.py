"""Who of the office is told of concerns at once, by mail or SMS: each person's own subscriptions to meals.

They are rows of the same table as the dispatchers', with kinds of their own, so that one outbox sends all.
"""

from typing import Any

from fastapi import HTTPException
from psycopg import Connection
from psycopg.rows import DictRow

from api.alerts.subscriptions import Wish, checked
from api.auth import Account, record
from api.cias.concerns import SQL, subscribed

MOST = 10
WORDS = {
    "worry": "Inquiétude",
    "excursion": "Température trop haute",
    "late": "Tournée en retard",
    "absent": "Porte close",
    "refused": "Repas refusé",
}
CHANNELS = ("email", "sms")


def mine(connection: Connection[DictRow], account: Account) -> list[DictRow]:
    """This account's subscriptions to concerns."""
    return connection.execute(SQL["own_subscriptions"], {"account": account.id}).fetchall()


def subscribe(
    connection: Connection[DictRow], account: Account, channel: str, address: str, kinds: list[str]
) -> None:
    """Add one; raises `HTTPException` with a French sentence for what cannot be."""
    if channel not in CHANNELS or not set(kinds) <= set(WORDS):
        raise HTTPException(422, "Cette voie ou ce genre de signalement n'existe pas.")
    if not kinds:
        raise HTTPException(422, "Choisissez au moins un genre de signalement.")
    if len(address.strip()) < 3:
        raise HTTPException(422, "Il manque l'adresse ou le numéro.")
    if len(mine(connection, account)) >= MOST:
        raise HTTPException(409, f"Un compte a {MOST} abonnements au plus.")
    wish = checked(Wish.model_validate({"channel": channel, "address": address}), account)
    values: dict[str, Any] = {"account": account.id, "channel": channel, "address": wish.address}
    values["kinds"] = [subscribed(one) for one in WORDS if one in kinds]  # type: ignore[arg-type]
    connection.execute(SQL["add_subscription"], values)
    record(connection, account, "subscribe", "meal_concerns", channel=channel)


def unsubscribe(connection: Connection[DictRow], account: Account, number: int) -> None:
    """Take one's own away."""
    gone = connection.execute(SQL["remove_subscription"], {"account": account.id, "id": number}).rowcount
    if not gone:
        raise HTTPException(404, "Cet abonnement n'existe pas.")
    record(connection, account, "unsubscribe", "meal_concerns")
