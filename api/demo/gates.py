"""The demonstration's déchetteries: three gates, some households and firms, and their Saturday.

Knows what an installer would do: load a rule book, import holders, give each gate its key. The gates
themselves are the simulator's, which learns only what an installer tells it.
"""

import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from psycopg import Connection
from psycopg.rows import DictRow

from api.gate.books import load_book
from api.gate.holders import import_holders
from api.gate.terminals import add_terminal

SITES = {"borne-fruges": "fruges", "borne-hucqueliers": "hucqueliers", "borne-campagne": "campagne"}
HOUSEHOLDS, FIRMS = 240, 30
_BOOK = Path(__file__).parent / "dechetteries.toml"


@dataclass(frozen=True, slots=True)
class GateKeys:
    """The installation's secrets of this run, in hexadecimal."""

    badge: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)
    lists: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)

    def environment(self) -> dict[str, str]:
        """As the platform's processes want them."""
        return {"GLANEUR_BADGE_KEY": self.badge, "GLANEUR_LIST_KEY": self.lists}


def equip_gates(connection: Connection[DictRow], keys: GateKeys, file: Path) -> None:
    """Load the book, the holders and the gates; write for the simulator what an installer would tell it."""
    load_book(connection, _BOOK.read_text(encoding="utf-8"))
    lines = ["reference,category,name,badge"]
    lines += [f"F-{n},resident,Foyer {n},04F0{n:08X}" for n in range(1, HOUSEHOLDS + 1)]
    lines += [f"P-{n},professional,Entreprise {n},04E0{n:08X}" for n in range(1, FIRMS + 1)]
    categories = frozenset(["resident", "professional"])
    import_holders(connection, "\n".join(lines), bytes.fromhex(keys.badge), categories)
    badges = [line.rsplit(",", 1)[1] for line in lines[1:]]
    told = [
        {"name": name, "key": add_terminal(connection, name, site), "badges": badges}
        for name, site in SITES.items()
    ]
    file.touch(0o600)
    file.write_text(json.dumps(told), encoding="utf-8")
