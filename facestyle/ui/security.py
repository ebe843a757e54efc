"""Between the network and Gradio: who may ask, from which page, for what, and how much.

A request passes `Security` before anything of Gradio's, its own middleware included.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final
from urllib.parse import urlsplit

import fastapi
from fastapi.responses import JSONResponse
from gradio.routes import App as GradioApp
from gradio.routes import ORJSONResponse

from facestyle import files
from facestyle.errors import FacestyleError, StorageError, TooManyCallsError
from facestyle.ui.admission import Remains
from facestyle.ui.sign_in import ADDRESS

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# Gradio's page needs inline scripts and eval; everything else comes from this server, or from the page itself.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    )
)

HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), microphone=(), geolocation=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
)

OPEN_PATHS: Final = frozenset(
    {
        "/",
        "/config",
        "/favicon.ico",
        "/login",
        "/logout",
        "/robots.txt",
        "/theme.css",
        *(
            f"/gradio_api/{name}"
            for name in (
                "app_id",
                "cancel",
                "component_server",
                "info",
                "login_check",
                "queue/data",
                "queue/join",
                "reset",
                "startup-events",
                "theme.css",
                "upload",
                "upload_progress",
                "user",
            )
        ),
    }
)
OPEN_FOLDERS: Final = (
    "/assets/",
    "/static/",
    "/svelte/",
    "/gradio_api/call/",
    "/gradio_api/file=",
    "/gradio_api/heartbeat/",
    "/gradio_api/run/",
    "/gradio_api/stream/",
)
"""What the page and its clients ask for. Gradio serves more, and its next version may serve more still: links that keep
a copy of a session's inputs for whoever has them, a history, an editor, a proxy. None of it is reached."""

MOST_CALL_BYTES: Final = 8_000_000
"""Of a request that is no upload: a frame of a camera is the largest, and has less than one million."""

_FORM_BYTES: Final = 1_000_000
"""What the form around uploaded files may take."""


class Security:
    """ASGI middleware.

    Args:
        app: What it stands before.
        allowed_hosts: Host names (without port) that are answered; None answers all. On a loopback address this keeps
            a web page of somebody else's from reaching the local gallery by pointing its own name at 127.0.0.1.
        origins: Other web sites whose pages may ask, as `https://name[:port]`. A browser sends a visitor's sign-in
            with what any page asks for, so that without this every page could act for whoever is signed in.
        framed: Whether pages of other sites may show this one in a frame, as Hugging Face Spaces do.
        upload_bytes: The most that one upload may have, all its files together.
    """

    def __init__(
        self,
        app: App,
        *,
        allowed_hosts: frozenset[str] | None = None,
        origins: Iterable[str] = (),
        framed: bool = False,
        upload_bytes: int = MOST_CALL_BYTES,
    ) -> None:
        self._app = app
        self._allowed_hosts = allowed_hosts
        self._origins = frozenset(origin.rstrip("/").lower() for origin in origins)
        self._upload_bytes = upload_bytes
        policy = CONTENT_SECURITY_POLICY if framed else f"{CONTENT_SECURITY_POLICY}; frame-ancestors 'self'"
        self._headers = [(b"content-security-policy", policy.encode("ascii")), *HEADERS]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or hands it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"].rstrip("/") or "/"
        ADDRESS.set((scope.get("client") or ("",))[0])
        if not self._is_host_allowed(scope):
            await _refuse(send, 421, "This address is not served here. Open the address that the program printed.")
        elif not self._is_origin_allowed(scope):
            await _refuse(
                send, 403, "Another web site may not ask this one. Its owner can allow it: FACESTYLE_ORIGINS."
            )
        elif not _is_open(path):
            await _refuse(send, 404, "Not found.")
        else:
            most = self._upload_bytes + _FORM_BYTES if path == "/gradio_api/upload" else MOST_CALL_BYTES
            body = _Body(receive, send, most)
            if body.announced(scope) > most:
                await body.refuse()
                return
            try:
                await self._app(scope, body.receive, self._with_headers(body.send))
            except Exception:
                if not body.refused:  # what is cut off in the middle fails inside as well
                    raise

    def _with_headers(self, send: Send) -> Send:
        own = {name for name, _ in self._headers}

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [
                    (name, _lax(value) if name.lower() == b"set-cookie" else value)
                    for name, value in message.get("headers", ())
                    if name.lower() not in own and not name.lower().startswith(b"access-control-")
                ]
                message["headers"] = [*kept, *self._headers]
            await send(message)

        return send_with_headers

    def _is_host_allowed(self, scope: Scope) -> bool:
        if self._allowed_hosts is None:
            return True
        hosts = _values(scope, b"host")
        if len(hosts) != 1:
            return False
        host = hosts[0].lower()
        bare = host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
        return bare in self._allowed_hosts

    def _is_origin_allowed(self, scope: Scope) -> bool:
        """Whether a page asks that came from here. What is not asked by a page of another site names no origin."""
        for origin in _values(scope, b"origin"):
            if origin.rstrip("/").lower() in self._origins:
                continue
            # A proxy may have put its own name for us into Host; a page of another site cannot set the other header
            # without asking first, which is refused.
            hosts = [*_values(scope, b"host"), *_values(scope, b"x-forwarded-host")]
            try:
                asking = urlsplit(origin)
                here = [urlsplit(f"{asking.scheme}://{host}") for host in hosts]
                same = any(_place(asking) == _place(host) for host in here)
            except ValueError:  # no port
                return False
            if not (same and asking.scheme in {"http", "https"} and asking.hostname):
                return False
        return True


class Guarded(GradioApp):
    """Gradio's application behind `Security`; a refusal of ours becomes its answer.

    Args:
        options: Of `Security`.
    """

    def __init__(self, **options: Any) -> None:  # noqa: ANN401
        self._guard = options
        super().__init__(default_response_class=ORJSONResponse, docs_url=None, redoc_url=None)
        self.state_holder = Remains()
        self.add_exception_handler(FacestyleError, refused)
        self.add_exception_handler(OSError, refused)

    def build_middleware_stack(self) -> Any:  # noqa: ANN401 - Starlette's
        """Outermost, as what Gradio adds to an application answers some requests by itself."""
        return Security(super().build_middleware_stack(), **self._guard)


async def refused(_: fastapi.Request, error: Exception) -> fastapi.Response:
    """`{"detail", "error": {"code", "message"}}`: Gradio's page shows the first, programs read the second."""
    error = files.named(error) or error
    if not isinstance(error, FacestyleError):
        raise error
    # Gradio's sign-in form answers to no status but 400
    status = {TooManyCallsError: 429, StorageError: 507}.get(type(error), 400)
    return JSONResponse({"detail": error.message, "error": error.as_dict()}, status)


class _Body:
    """The body of one request, up to a number of bytes."""

    def __init__(self, receive: Receive, send: Send, most: int) -> None:
        self._receive, self._send, self._most = receive, send, most
        self._came = 0
        self._answered = False
        self.refused = False

    def announced(self, scope: Scope) -> int:
        """What the request says of itself."""
        lengths = [int(value) for value in _values(scope, b"content-length") if value.isdecimal()]
        return max(lengths, default=0)

    async def receive(self) -> Message:
        """The next part; past the bound the caller seems to have gone."""
        message = await self._receive()
        self._came += len(message.get("body", b""))
        if self._came > self._most:
            await self.refuse()
            return {"type": "http.disconnect"}
        return message

    async def send(self, message: Message) -> None:
        """Nothing, once it was refused."""
        if not self.refused:
            self._answered = True
            await self._send(message)

    async def refuse(self) -> None:
        """Says so, if nothing was said yet."""
        if not (self.refused or self._answered):
            megabytes = max(1, self._most // 1_000_000)
            await _refuse(self._send, 413, f"That is more than {megabytes} MB at once. Send less.")
        self.refused = True


def _is_open(path: str) -> bool:
    # "file=" serves what lies here; of an address it would fetch the content
    return "://" not in path and (path in OPEN_PATHS or path.startswith(OPEN_FOLDERS))


def _values(scope: Scope, header: bytes) -> list[str]:
    return [value.decode("latin-1") for name, value in scope["headers"] if name == header]


def _place(url: Any) -> tuple[str | None, int]:  # noqa: ANN401 - a split result
    return url.hostname, url.port or (443 if url.scheme == "https" else 80)


def _lax(cookie: bytes) -> bytes:
    """A cookie that other sites' pages do not send along; Gradio asks for one that they do."""
    parts = [part for part in cookie.split(b";") if not part.strip().lower().startswith(b"samesite=")]
    return b"; ".join([*(part.strip() for part in parts), b"SameSite=lax"])


async def _refuse(send: Send, status: int, sentence: str) -> None:
    body = json.dumps({"detail": sentence}).encode("utf-8")
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode("ascii"))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
