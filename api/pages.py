"""Render pages: one Jinja environment for all, templates beside the routes that use them.

`dispatch/board.html` is `api/dispatch/pages/board.html`; `web/base.html` is in `api/web/templates`.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined

from api.auth import Account
from api.french import FILTERS

_HERE = Path(__file__).parent
DIST = _HERE / "web" / "dist"


def _loader() -> PrefixLoader:
    rooms = {
        folder.parent.name: FileSystemLoader(folder) for folder in _HERE.glob("*/pages") if folder.is_dir()
    }
    return PrefixLoader({"web": FileSystemLoader(_HERE / "web" / "templates"), **rooms})


def _asset_names() -> dict[str, str]:
    manifest = DIST / "manifest.json"
    if not manifest.exists():
        raise RuntimeError("the pages' scripts are not bundled yet: run `make web`")
    names: dict[str, str] = json.loads(manifest.read_text(encoding="utf-8"))
    return names


def asset(name: str) -> str:
    """Return the address of a bundled file, e.g. `board.js` → `/assets/board-1A2B3C.js`."""
    if name not in _ASSETS:
        _ASSETS.update(_asset_names())
    return f"/assets/{_ASSETS[name]}"


_ASSETS: dict[str, str] = {}
_ENVIRONMENT = Environment(
    loader=_loader(), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_ENVIRONMENT.filters.update(FILTERS)
_ENVIRONMENT.globals["asset"] = asset


def page(
    request: Request, template: str, account: Account | None = None, *, status: int = 200, **context: Any
) -> HTMLResponse:
    """Render `template` with what every page needs: account, settings, the platform's time."""
    body = _ENVIRONMENT.get_template(template).render(
        request=request,
        account=account,
        settings=request.app.state.settings,
        now=request.app.state.clock.now(),
        clock=request.app.state.clock,
        heard=getattr(request.state, "heard", None) or request.app.state.live.heard(),
        **context,
    )
    return HTMLResponse(body, status_code=status)


def service_worker(name: str, shell: tuple[str, ...], scope: str) -> Response:
    """Serve a service worker, told which files to keep: `shell` and what they import.

    Its bytes change when any of them does.
    """
    imports: dict[str, list[str]] = json.loads((DIST / "imports.json").read_text(encoding="utf-8"))
    kept = {asset(one) for one in shell}
    kept |= {f"/assets/{file}" for one in shell for file in imports.get(one, ())}
    worker = (DIST / asset(name).removeprefix("/assets/")).read_text(encoding="utf-8")
    files = sorted(kept)
    version = hashlib.sha256("\n".join([*files, worker]).encode()).hexdigest()[:12]
    return Response(
        f"self.SHELL = {json.dumps({'version': version, 'files': files})};\n{worker}",
        media_type="text/javascript",
        headers={"Cache-Control": "no-cache", "Service-Worker-Allowed": scope},
    )
