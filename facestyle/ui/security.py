"""Between the network and Gradio: response headers, a few closed doors, and a check of the Host header."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from facestyle.accounts import Accounts
from facestyle.errors import AccountsError

log = logging.getLogger(__name__)

WRONG_GUESS_SECONDS: Final = 1.0

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

CLOSED_PATHS = ("/gradio_api/deep_link", "/monitoring", "/gradio_api/vibe", "/gradio_api/run-history")
"""Deep links store a copy of a session's inputs on disk for whoever has the link; nothing here uses the others."""


class Security:
    """ASGI middleware.

    Args:
        app: What it stands before.
        allowed_hosts: Host names (without port) that are answered; None answers all. On a loopback address this keeps
            a web page of somebody else's from reaching the local gallery by pointing its own name at 127.0.0.1.
        framed: Whether pages of other sites may show this one in a frame, as Hugging Face Spaces do.
    """

    def __init__(self, app: App, *, allowed_hosts: frozenset[str] | None = None, framed: bool = False) -> None:
        self._app = app
        self._allowed_hosts = allowed_hosts
        policy = CONTENT_SECURITY_POLICY if framed else f"{CONTENT_SECURITY_POLICY}; frame-ancestors 'self'"
        self._headers = [(b"content-security-policy", policy.encode("ascii")), *HEADERS]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or hands it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"].rstrip("/") or "/"
        if not self._is_host_allowed(scope):
            await _refuse(send, 421, "This address is not served here. Open the address that the program printed.")
            return
        if any(path == closed or path.startswith((f"{closed}/", f"{closed}-")) for closed in CLOSED_PATHS):
            await _refuse(send, 404, "Not found.")
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name for name, _ in self._headers}
                kept = [pair for pair in message.get("headers", ()) if pair[0].lower() not in own]
                message["headers"] = [*kept, *self._headers]
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _is_host_allowed(self, scope: Scope) -> bool:
        if self._allowed_hosts is None:
            return True
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1:
            return False
        host = hosts[0].decode("latin-1").lower()
        bare = host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
        return bare in self._allowed_hosts


def sign_in(accounts: Accounts) -> Callable[[str, str], Awaitable[bool]]:
    """What Gradio asks whether a name and a password may come in; a wrong guess waits."""

    async def may_come_in(name: str, password: str) -> bool:
        try:
            account = await asyncio.to_thread(accounts.check, name, password)
        except AccountsError as error:
            log.error("%s", error.message)
            account = None
        if account is None:
            await asyncio.sleep(WRONG_GUESS_SECONDS)
        return account is not None

    return may_come_in


async def _refuse(send: Send, status: int, sentence: str) -> None:
    body = sentence.encode("utf-8")
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode("ascii"))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
