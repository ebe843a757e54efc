"""The page: header, four tabs, footer; and the options it is launched with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from facestyle.settings import Settings
from facestyle.ui import api, enroll, html, identify, models, samples, security, style, texts, theme, verify
from facestyle.ui.context import QUIET, make_context
from facestyle.ui.services import Services
from facestyle.ui.state import IDLE_SECONDS, Sessions

LOGO_PATH = Path(__file__).resolve().parent / "logo.svg"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})

CACHE_SWEEP_SECONDS, CACHE_AGE_SECONDS = 600, 3600
"""Uploads and results are deleted from disk after an hour, and all of them when the program ends."""

QUEUE_SIZE = 24
"""As many calls wait at most; more are told that the queue is full."""

_SHIELD = (
    '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linejoin="round" '
    'aria-hidden="true"><path d="M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6z"/><path d="M9 12l2.2 2.2 4.3-4.2"/></svg>'
)


def header(settings: Settings) -> str:
    """Logo, name, one sentence, and whose eyes see what is done here."""
    scope = texts.SCOPE_PUBLIC if settings.is_public else texts.SCOPE_LOCAL
    hint = (
        texts.SCOPE_PUBLIC_HINT
        if settings.is_public
        else texts.SCOPE_LOCAL_HINT.format(path=html.short_path(settings.gallery))
    )
    return (
        f'<header class="fs-header">{LOGO_PATH.read_text(encoding="utf-8")}<div><h1>{html.esc(texts.TITLE)}</h1>'
        f"<p>{html.esc(texts.TAGLINE)}</p></div>"
        f'<span class="fs-scope" title="{html.esc(hint)}">{_SHIELD}{html.esc(scope)}</span></header>'
    )


def footer(settings: Settings) -> str:
    """What happens to the pictures; whose work this stands on."""
    minutes = IDLE_SECONDS // 60
    privacy = texts.FOOTER_PRIVACY_PUBLIC.format(minutes=minutes) if settings.is_public else texts.FOOTER_PRIVACY_LOCAL
    credits = "".join(f"<p>{html.esc(line)}</p>" for line in (texts.FOOTER_METHODS, texts.FOOTER_CREDITS))
    return (
        f'<footer class="fs-footer"><p>{html.esc(privacy)}</p>'
        f"<details><summary>{html.esc(texts.FOOTER_MORE)}</summary>{credits}</details></footer>"
    )


def build_demo(services: Services, sessions: Sessions) -> gr.Blocks:
    """Builds the page over the services; nothing is launched."""
    ctx = make_context(services, sessions)
    demo = gr.Blocks(analytics_enabled=False, title=texts.TITLE, delete_cache=(CACHE_SWEEP_SECONDS, CACHE_AGE_SECONDS))
    with demo:
        gr.HTML(header(services.settings))
        with gr.Tabs() as tabs:
            with gr.Tab(texts.VERIFY, id="verify"):
                verifying = verify.VerifyTab(ctx)
            with gr.Tab(texts.IDENTIFY, id="identify"):
                identifying = identify.IdentifyTab(ctx)
            with gr.Tab(texts.ENROLL, id="enroll"):
                enrolling = enroll.EnrollTab(ctx, verifying.person)
            with gr.Tab(texts.STYLE, id="style"):
                style.StyleTab(ctx)
        models.ModelPanel(
            ctx,
            models.Followers(
                taus=(verifying.tau, identifying.tau),
                verdict=verifying.verdict,
                details=verifying.details,
                identified=identifying.result,
            ),
        )
        gr.HTML(footer(services.settings))
        api.Endpoints(ctx)

        def on_load(request: gr.Request) -> tuple[str, gr.Dropdown]:
            return enroll.refresh(ctx.session(request))

        def on_unload(request: gr.Request) -> None:
            sessions.forget(request.session_hash)

        def go_to_enroll() -> gr.Tabs:
            return gr.Tabs(selected="enroll")

        demo.load(on_load, None, [enrolling.people, verifying.person], **QUIET)
        identifying.result.click(go_to_enroll, None, tabs, **QUIET)
        demo.unload(on_unload)
    demo.queue(max_size=QUEUE_SIZE, default_concurrency_limit=8)
    return demo


def launch_options(settings: Settings, *, host: str | None, port: int | None, share: bool) -> dict[str, Any]:
    """What `Blocks.launch` is called with.

    Args:
        settings: For the upload cap and whether strangers share the app.
        host: Address to listen on; None for Gradio's default, 127.0.0.1 unless GRADIO_SERVER_NAME says otherwise.
        port: Port; None for the first free one from 7860.
        share: Whether to ask for a public link.
    """
    closed = not settings.is_public and not share and is_loopback(host)
    guard = Middleware(
        security.Security, allowed_hosts=LOOPBACK if closed else None, framed=settings.space_id is not None
    )
    return {
        "server_name": host,
        "server_port": port,
        "share": share,
        "theme": theme.make_theme(),
        "css_paths": [theme.CSS_PATH],
        "favicon_path": str(LOGO_PATH),
        "max_file_size": settings.max_image_bytes,
        "allowed_paths": [str(samples.FOLDER)],
        "app_kwargs": {"middleware": [guard], "docs_url": None, "redoc_url": None},
        "footer_links": ["api"],
        "run_history": False,
        "enable_monitoring": False,
        "mcp_server": False,
        "ssr_mode": False,
        "pwa": False,
        "show_error": False,
        "state_session_capacity": 1000,
        "quiet": True,
    }


def is_loopback(host: str | None) -> bool:
    """Whether only this computer reaches an address to listen on."""
    return host is None or host in {"127.0.0.1", "localhost", "::1", "[::1]"}
