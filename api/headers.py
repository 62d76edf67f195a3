"""Security and cache headers on every answer, as plain ASGI so that streams pass through untouched."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class ResponseHeaders:
    """Add the content security policy and its companions where the route set none of its own."""

    def __init__(self, app: ASGIApp, *, tiles_origin: str) -> None:
        self._app = app
        self._policy = "; ".join(
            (
                "default-src 'self'",
                f"img-src 'self' data: blob: {tiles_origin}".rstrip(),
                f"connect-src 'self' {tiles_origin}".rstrip(),
                "worker-src 'self' blob:",
                "object-src 'none'",
                "base-uri 'none'",
                "frame-ancestors 'none'",
                "form-action 'self'",
            )
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and complete the answer's headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Names under /assets carry a hash of their content.
        hashed = scope["path"].startswith("/assets/")
        cache = "public, max-age=31536000, immutable" if hashed else "no-store"

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", self._policy)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "same-origin")
                headers.setdefault("Cache-Control", cache)
            await send(message)

        await self._app(scope, receive, send_with_headers)
