"""Read named SQL queries from `.sql` files: one regular expression, so that SQL stays SQL.

A file holds blocks that start with a line `-- name: due_containers`; comments that follow say what
question the query answers. This module knows nothing of what the queries do.
"""

import re
from importlib.resources import files

_NAME = re.compile(r"^-- name: ([a-z][a-z0-9_]*)$", re.MULTILINE)


def named_queries(package: str, file: str = "queries.sql") -> dict[str, bytes]:
    """Return the queries of `file` in `package`, by name; a doubled name raises `ValueError`.

    Bytes, because psycopg takes them as a query that can only have come from a file of ours.
    """
    _, *parts = _NAME.split(files(package).joinpath(file).read_text(encoding="utf-8"))
    queries: dict[str, bytes] = {}
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        if name in queries:
            raise ValueError(f"{package}/{file} names the query {name} twice")
        queries[name] = body.strip().rstrip(";").encode()
    return queries
