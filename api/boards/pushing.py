"""Give Grafana our boards over its HTTP API, or write them into a folder for it to find.

The only module that imports grafana-client. Only the address of our pages is changed in the boards.
"""

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grafana_client.api import GrafanaApi
from grafana_client.client import GrafanaClientError, GrafanaException, TokenAuth
from niquests.exceptions import RequestException

FOLDER, TITLE = "glaneur", "Glaneur"
MESSAGE = "glaneur dashboards push"


class NotPushed(Exception):
    """Grafana refused or did not answer; the message is one sentence."""


def addressed(board: Mapping[str, Any], pages: str) -> dict[str, Any]:
    """Return a board whose links lead to the pages at `pages`; as it was when that is empty."""
    changed = copy.deepcopy(dict(board))
    for variable in changed["templating"]["list"]:
        if variable["name"] == "glaneur" and pages:
            variable["query"] = pages.rstrip("/")
    return changed


def push(address: str, token: str, boards: Mapping[str, Mapping[str, Any]], pages: str) -> list[str]:
    """Create or replace the boards in Grafana's folder « Glaneur »; return their addresses.

    Raises `NotPushed`.
    """
    try:
        credential = TokenAuth(token)  # type: ignore[no-untyped-call]
        grafana = GrafanaApi.from_url(url=address, credential=credential, timeout=20)
        _make_folder(grafana)
        made = []
        for board in boards.values():
            document = {
                "dashboard": addressed(board, pages),
                "folderUid": FOLDER,
                "overwrite": True,
                "message": MESSAGE,
            }
            made.append(str(grafana.dashboard.update_dashboard(document)["url"]))
    except GrafanaException as refused:
        raise NotPushed(f"Grafana answered {refused.status_code}: {refused.message}") from refused
    except RequestException as lost:
        raise NotPushed(f"Grafana does not answer at this address ({type(lost).__name__})") from lost
    return made


def _make_folder(grafana: Any) -> None:
    try:
        grafana.folder.get_folder(FOLDER)
    except GrafanaClientError as missing:
        if missing.status_code != 404:
            raise
        grafana.folder.create_folder(TITLE, uid=FOLDER)


def export(folder: Path, boards: Mapping[str, Mapping[str, Any]], pages: str) -> int:
    """Write the boards as files for Grafana's provisioning; return how many."""
    folder.mkdir(parents=True, exist_ok=True)
    for uid, board in boards.items():
        text = json.dumps(addressed(board, pages), indent=2, ensure_ascii=False, sort_keys=True)
        (folder / f"{uid}.json").write_text(text + "\n", encoding="utf-8")
    return len(boards)
