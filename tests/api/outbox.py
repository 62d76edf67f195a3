"""The outbox as the tests of alerts use it: a subscription, one minute of the worker, what it wrote."""

from email.message import Message

from psycopg import Connection
from psycopg.rows import DictRow

from api.alerts.messaging import Messaging
from api.alerts.sending import send_waiting
from api.alerts.telling import tell
from store.connection import connect

INBOX = "https://glaneur.example/alertes"
NONE = Messaging(smtp=None)


def subscribe(
    dsn: str,
    channel: str = "email",
    address: str = "camille@exemple.fr",
    *,
    kinds: tuple[str, ...] = (),
    escalated_only: bool = False,
) -> int:
    """A subscription of Camille's."""
    with connect(dsn) as connection:
        row = connection.execute(
            """
            INSERT INTO people.subscription (account_id, channel, address, kinds, escalated_only)
            SELECT id, %s, %s, %s, %s FROM people.account WHERE login = 'regulation' RETURNING id
            """,
            (channel, address, list(kinds), escalated_only),
        ).fetchone()
    assert row is not None
    return int(row["id"])


def worker(dsn: str) -> Connection[DictRow]:
    """A connection with the worker's own rights."""
    return connect(dsn, role="glaneur_worker")


def run(dsn: str, messaging: Messaging = NONE) -> dict[str, int]:
    """One minute of the worker: tell, then send."""
    with worker(dsn) as connection:
        tell(connection, "Haut-Pays", INBOX)
        return dict(send_waiting(connection, messaging))


def mails_to(port: int) -> Messaging:
    """Settings with this mail server."""
    return Messaging(smtp=f"smtp://127.0.0.1:{port}", mail_from="glaneur@exemple.fr")  # type: ignore[arg-type]


def outbox(dsn: str) -> list[DictRow]:
    """Every message, the oldest first."""
    with connect(dsn) as connection:
        return connection.execute("SELECT * FROM people.notification ORDER BY created_at, id").fetchall()


def at_once(dsn: str) -> None:
    """Let every wait be over."""
    with connect(dsn) as connection:
        connection.execute("UPDATE people.notification SET next_try_at = now()")


def text_of(mail: Message) -> str:
    """The words of a mail."""
    return mail.get_content()  # type: ignore[attr-defined, no-any-return]
