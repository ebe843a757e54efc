"""The page: header, the tabs, footer; and the options it is launched with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from facestyle.accounts import Accounts
from facestyle.images.albums import Limits
from facestyle.settings import Settings
from facestyle.style.video.reading import VideoLimits
from facestyle.ui import (
    admission,
    album,
    album_api,
    api,
    enroll,
    fast,
    film_api,
    html,
    identify,
    layers,
    learning,
    live,
    live_api,
    many_api,
    model_api,
    model_panel,
    people,
    samples,
    security,
    sign_in,
    style,
    texts,
    theme,
    triplet,
    verify,
)
from facestyle.ui.context import QUIET, make_context
from facestyle.ui.services import Services
from facestyle.ui.state import IDLE_SECONDS, Sessions

LOGO_PATH = Path(__file__).resolve().parent / "logo.svg"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})

CACHE_SWEEP_SECONDS, CACHE_AGE_SECONDS = 600, 3600
"""Uploads and results are deleted from disk after an hour, and all of them when the program ends."""

_SHIELD = (
    '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.2" stroke-linejoin="round" '
    'aria-hidden="true"><path d="M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6z"/><path d="M9 12l2.2 2.2 4.3-4.2"/></svg>'
)


def header(settings: Settings) -> str:
    """Logo, name, one sentence, and whose eyes see what is done here."""
    if settings.has_own_galleries:
        scope, hint = texts.SCOPE_PUBLIC, texts.SCOPE_PUBLIC_HINT
    elif settings.accounts is not None:
        scope, hint = texts.SCOPE_SHARED, texts.SCOPE_SHARED_HINT
    else:
        scope, hint = texts.SCOPE_LOCAL, texts.SCOPE_LOCAL_HINT
    hint = hint.format(path=html.short_path(settings.gallery))
    return (
        f'<header class="fs-header">{LOGO_PATH.read_text(encoding="utf-8")}<div><h1>{html.esc(texts.TITLE)}</h1>'
        f"<p>{html.esc(texts.TAGLINE)}</p></div>"
        f'<span class="fs-scope" title="{html.esc(hint)}">{_SHIELD}{html.esc(scope)}</span></header>'
    )


def footer(settings: Settings) -> str:
    """What happens to the pictures; whose work this stands on."""
    minutes = IDLE_SECONDS // 60
    if settings.has_own_galleries:
        privacy = texts.FOOTER_PRIVACY_PUBLIC.format(minutes=minutes)
    else:
        privacy = texts.FOOTER_PRIVACY_LOCAL if settings.accounts is None else texts.FOOTER_PRIVACY_SHARED
    credits = "".join(f"<p>{html.esc(line)}</p>" for line in (texts.FOOTER_METHODS, texts.FOOTER_CREDITS))
    return (
        f'<footer class="fs-footer"><p>{html.esc(privacy)}</p>'
        f"<details><summary>{html.esc(texts.FOOTER_MORE)}</summary>{credits}</details></footer>"
    )


def build_demo(services: Services, sessions: Sessions) -> gr.Blocks:
    """Builds the page over the services; nothing is launched."""
    ctx = make_context(services, sessions)
    demo = admission.Page(
        analytics_enabled=False, title=texts.TITLE, delete_cache=(CACHE_SWEEP_SECONDS, CACHE_AGE_SECONDS)
    )
    with demo:
        gr.HTML(header(services.settings))
        with gr.Tabs(overflow_behavior="wrap") as tabs:
            with gr.Tab(texts.VERIFY, id="verify"):
                verifying = verify.VerifyTab(ctx)
            with gr.Tab(texts.IDENTIFY, id="identify"):
                identifying = identify.IdentifyTab(ctx)
            with gr.Tab(texts.ENROLL, id="enroll"):
                enrolling = enroll.EnrollTab(ctx, verifying.person)
            with gr.Tab(texts.LIVE, id="live") as place:
                living = live.LiveTab(ctx, place)
            with gr.Tab(texts.ALBUM, id="album"):
                albums = album.AlbumTab(ctx, enrolling.people, verifying.person)
            with gr.Tab(texts.STYLE, id="style"):
                style.StyleTab(ctx)
            with gr.Tab(texts.FAST, id="fast"):
                fast_styles = fast.FastTab(ctx)
            with gr.Tab(texts.LAYERS, id="layers"):
                layers.LayersTab(ctx)
            with gr.Tab(texts.LEARNING, id="learning"):
                learnt = learning.LearningTab(ctx)
        panel = model_panel.ModelPanel(
            ctx,
            model_panel.Followers(
                taus=(verifying.tau, identifying.tau, living.tau),
                answers=(
                    (verifying.verdict, verify.EMPTY),
                    (verifying.details, ""),
                    (identifying.result, identify.EMPTY),
                    (albums.result, album.EMPTY),
                    (learnt.explorer.result, triplet.EMPTY),
                ),
            ),
        )
        gr.HTML(footer(services.settings))
        api.Endpoints(ctx)
        album_api.AlbumEndpoints(ctx)
        model_api.ModelEndpoints(ctx)
        live_api.LiveEndpoint(ctx)
        film_api.FilmEndpoint(ctx)
        many_api.ManyEndpoint(ctx)

        def on_load(request: gr.Request) -> tuple[str, gr.Dropdown]:
            return people.refresh(ctx.session(request))

        def on_unload(request: gr.Request) -> None:
            sessions.forget(request.session_hash, request.username)
            demo.close_session(request.session_hash)

        def go_to_enroll() -> gr.Tabs:
            return gr.Tabs(selected="enroll")

        demo.load(on_load, None, [enrolling.people, verifying.person], **QUIET)
        demo.load(panel.on_load, None, panel.shown, **QUIET)
        demo.load(fast_styles.hub_styles.on_load, None, fast_styles.hub_styles.row, **QUIET)
        identifying.result.click(go_to_enroll, None, tabs, **QUIET)
        demo.unload(on_unload)
    demo.queue(default_concurrency_limit=8)
    return demo


def launch_options(
    settings: Settings, *, host: str | None, port: int | None, share: bool, accounts: Accounts | None = None
) -> dict[str, Any]:
    """What `Blocks.launch` is called with.

    Args:
        settings: For the upload cap and whether strangers share the app.
        host: Address to listen on; None for Gradio's default, 127.0.0.1 unless GRADIO_SERVER_NAME says otherwise.
        port: Port; None for the first free one from 7860.
        share: Whether to ask for a public link.
        accounts: Who may sign in; None lets everybody in.
    """
    closed = not settings.is_public and not share and is_loopback(host)
    limits = Limits.of(settings)
    # one limit for all files: of a picture the decoder refuses what is above its own
    file_bytes = max(settings.max_image_bytes, limits.archive_bytes, VideoLimits.of(settings).file_bytes)
    app = security.Guarded(
        allowed_hosts=LOOPBACK if closed else None,
        origins=filter(None, (origin.strip() for origin in settings.origins.split(","))),
        framed=settings.space_id is not None,
        upload_bytes=max(file_bytes, limits.total_bytes),
    )
    return {
        "server_name": host,
        "server_port": port,
        "share": share,
        "theme": theme.make_theme(),
        "css_paths": [theme.CSS_PATH],
        "favicon_path": str(LOGO_PATH),
        "max_file_size": file_bytes,
        "allowed_paths": samples.files(),
        "_app": app,
        # the method: of an object that can be called Gradio would not wait for the answer, and take it for a yes
        "auth": None if accounts is None else sign_in.SignIn(accounts).check,
        "auth_message": texts.SIGN_IN,
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
