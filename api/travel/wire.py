"""The HTTP under `routingpy`: bounded in time, tries and size; a failure is one exception, in French.

routingpy writes the requests and reads the answers. Its own client is not used: it sleeps and retries for a
minute, warns by `warnings`, lets `requests`' exceptions through and would put our key into them.
Refuses to know what is asked. No address, key or coordinate ever stands in a sentence or a log line.
"""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from http.client import HTTPException
from typing import Any

TRIES = 3
RETRIED = frozenset({429, 502, 503, 504})
PAUSES_S = (0.3, 1.0)
LARGEST_ANSWER = 64 * 1024 * 1024
AGENT = "glaneur"


class Unanswered(Exception):
    """The engine gave nothing to work with; the text is a French sentence's end, for people.

    `down` is true when it is the server that fails, not this request: others need not try at once.
    """

    def __init__(self, text: str, *, down: bool) -> None:
        super().__init__(text)
        self.text = text
        self.down = down


_deadline: ContextVar[float | None] = ContextVar("travel_deadline", default=None)


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Everything asked inside shares so many seconds."""
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


class Wire:
    """What routingpy calls its client: it makes one with the address and headers, and calls `_request`."""

    def __init__(
        self, base_url: str, *_: object, headers: Mapping[str, str | None] | None = None, **__: object
    ) -> None:
        self._base = base_url.rstrip("/")
        given = {name: value for name, value in (headers or {}).items() if value}
        self._headers = {"User-Agent": AGENT, "Content-Type": "application/json", **given}

    def _request(
        self,
        url: str,
        get_params: Mapping[str, Any] | None = None,
        post_params: Any = None,
        dry_run: object = None,
    ) -> Any:
        """Ask, again when that may help, and return the JSON answered; raises `Unanswered`."""
        query = "?" + urllib.parse.urlencode(get_params, safe=";,") if get_params else ""
        body = None if post_params is None else json.dumps(post_params).encode()
        request = urllib.request.Request(  # noqa: S310 - the scheme is checked where the setting is read
            self._base + url + query, data=body, headers=self._headers
        )
        return self.parsed(_tried(lambda: _fetch(request)))

    @staticmethod
    def parsed(answer: bytes) -> Any:
        """Read an answer; raises `Unanswered` when it is no JSON."""
        try:
            return json.loads(answer)
        except (ValueError, RecursionError):
            raise Unanswered("a répondu autre chose que des distances", down=False) from None


def _tried(fetch: Callable[[], bytes]) -> bytes:
    for number in range(TRIES):
        try:
            return fetch()
        except urllib.error.HTTPError as error:
            with error:
                wrong = _refused(error)
            if error.code not in RETRIED:
                raise wrong from None
        except (OSError, HTTPException):  # not its text: it may hold the address
            wrong = Unanswered("ne répond pas", down=True)
        if number == TRIES - 1 or _left() <= PAUSES_S[number]:
            break
        time.sleep(PAUSES_S[number])
    raise wrong


def _fetch(request: urllib.request.Request) -> bytes:
    left = _left()
    if left <= 0:
        raise TimeoutError
    with _OPENER.open(request, timeout=left) as response:
        parts, size = [], 0
        while part := response.read(1 << 16):
            parts.append(part)
            size += len(part)
            if size > LARGEST_ANSWER or _left() <= 0:
                raise TimeoutError
    return b"".join(parts)


def _left() -> float:
    deadline = _deadline.get()
    return 20.0 if deadline is None else deadline - time.monotonic()


def _refused(error: urllib.error.HTTPError) -> Unanswered:
    if error.code in (401, 403):
        return Unanswered("refuse notre clé", down=True)
    if error.code == 429:
        return Unanswered("limite le nombre de demandes", down=True)
    if error.code >= 500:
        return Unanswered(f"est en panne (HTTP {error.code})", down=True)
    return Unanswered(f"refuse la demande (HTTP {error.code}{_code(error)})", down=False)


def _code(error: urllib.error.HTTPError) -> str:
    """The engine's own word for the refusal, when it is one word or number: never free text."""
    try:
        said = json.loads(error.read(1 << 16))
    except (ValueError, OSError, HTTPException, RecursionError):
        return ""
    inner = said.get("error") if isinstance(said, dict) else None
    places = [said, inner] if isinstance(inner, dict) else [said]
    for place in places:
        if isinstance(place, dict):
            code = place.get("code", place.get("error_code"))
            if isinstance(code, int) or (isinstance(code, str) and code.isalnum() and len(code) < 40):
                return f", {code}"
    return ""


class _NoDetours(urllib.request.HTTPRedirectHandler):
    """A redirection is not followed: our key would go with it."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoDetours)
