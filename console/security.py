"""What every answer carries and what no request may do, as one ASGI layer that leaves streams alone."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def content_policy(image_hosts: Sequence[str] = ()) -> str:
    """The content security policy: scripts, styles, pictures and connections from this origin only.

    `image_hosts` names the origin of configured map tiles, the only thing that may ever come from elsewhere.
    """
    images = " ".join(["'self'", "data:", "blob:", *image_hosts])
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; img-src {images}; font-src 'self'; "
        "media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )


def tile_origin(tile_url: str | None) -> list[str]:
    """The origin of a tile URL template, with a wildcard where its sub-domain varies."""
    if not tile_url:
        return []
    parts = urlsplit(tile_url.replace("{s}", "*"))
    return [f"{parts.scheme}://{parts.netloc}"]


class SecurityLayer:
    """Adds the security headers, refuses bodies over the limit and requests that another site made a browser send."""

    def __init__(self, app: ASGIApp, policy: str, form_limit: int = 1 << 20, upload_limit: int = 1 << 29) -> None:
        self.app = app
        self.form_limit = form_limit
        self.upload_limit = upload_limit
        self.headers = {
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        headers = Headers(scope=scope)
        if scope["method"] not in SAFE_METHODS:
            if headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
                await _refuse(403, "E_CROSS_SITE", "the request came from another site")(scope, receive, secured)
                return
            limit = self.upload_limit if scope["method"] == "PUT" else self.form_limit
            if int(headers.get("content-length", "0") or 0) > limit:
                await _refuse(413, "E_TOO_LARGE", f"the body is over {limit} bytes")(scope, receive, secured)
                return
            receive = _limited(receive, limit)
        await self.app(scope, receive, secured)


def _refuse(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"code": code, "message": message, "hint": ""}, status)


def _limited(receive: Receive, limit: int) -> Receive:
    """A body without a stated length is cut off where it passes the limit."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        return {"type": "http.disconnect"} if seen > limit else message

    return counted
