"""The facestyle app: `python app.py` serves one page with the tabs Verify, Identify, Enroll and Style transfer."""

from __future__ import annotations

import argparse
import atexit
import logging
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from pydantic import ValidationError

from facestyle import files, heap
from facestyle.errors import AccountsError, FacestyleError, brief
from facestyle.settings import Settings, complaint
from facestyle.signals import interrupt_on_sigterm

log = logging.getLogger("facestyle.app")

INTERRUPTED = 130
SPACE_PROXIES = "127.0.0.1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16"
"""Who may say where a visitor comes from, on a Space: what stands before it, in its private network."""

GRACE_SECONDS = 2.0
"""What is still going on when the app is told to end has so long to end by itself."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        super().error(brief(message))


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = _Parser(prog="app.py", description=__doc__)
    parser.add_argument(
        "--public",
        action="store_true",
        help="give each browser tab a gallery of its own, wiped when the tab closes (for pages that strangers share)",
    )
    parser.add_argument("--host", help="address to listen on (default: 127.0.0.1, reachable from this computer only)")
    parser.add_argument("--port", type=int, help="port to listen on (default: the first free one from 7860)")
    parser.add_argument(
        "--share", choices=["yes", "no"], default="no", help="ask Gradio for a public link (default: no)"
    )
    return parser.parse_args(arguments)


def prepare_environment() -> None:
    """Sets what Gradio reads when it is imported: no analytics, and a private folder for all that dies with us.

    Raises:
        OSError: There is no place for temporary files.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    folder, _ = files.own_folder()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    # What is on its way in or out lies beside the uploads, not among them: of those Gradio hands out each by its link.
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    if "GRADIO_TEMP_DIR" not in os.environ:
        os.environ["GRADIO_TEMP_DIR"] = str(folder / "uploads")
        (folder / "uploads").mkdir(0o700)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves the page until it is told to stop."""
    args = parse(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    share = args.share == "yes"
    try:
        settings = Settings()
        heap.share()
        prepare_environment()
    except ValidationError as error:
        print(f"facestyle could not start: {complaint(error)}", file=sys.stderr)
        return 2
    except OSError as error:
        print(
            f"facestyle could not start: no temporary file can be written ({error.strerror}). Make room, or name "
            "another folder in TMPDIR.",
            file=sys.stderr,
        )
        return 2
    if settings.space_id is not None:
        os.environ.setdefault("FORWARDED_ALLOW_IPS", SPACE_PROXIES)
    if settings.zero_gpu:
        import spaces  # noqa: F401 - it must come before torch, whose CUDA calls it replaces
    if args.public or share:
        # A link that strangers can open must not show them the people enrolled on this computer.
        settings = settings.model_copy(update={"public": True})

    from facestyle.device import configure
    from facestyle.ui import demo as page
    from facestyle.ui.services import real_services
    from facestyle.ui.state import Sessions, start_clock
    from facestyle.ui.warm import warm_up

    host = args.host or os.environ.get("GRADIO_SERVER_NAME")
    if not settings.is_public and settings.accounts is None and not page.is_loopback(host):
        print(
            f"facestyle could not start: whoever reaches {host} could use and change the people enrolled on this "
            "computer. Give each browser tab a gallery of its own with --public, or let people sign in: "
            "`python -m facestyle accounts add NAME --admin`, then name its file in FACESTYLE_ACCOUNTS.",
            file=sys.stderr,
        )
        return 2
    services = real_services(settings)
    sessions = Sessions(services)
    try:
        if sessions.accounts is not None and not any(account.admin for account in sessions.accounts.list()):
            raise AccountsError(f"Nobody in {settings.accounts} is an administrator: add one with --admin.")
        configure(settings)
        demo = page.build_demo(services, sessions)
        options = page.launch_options(settings, host=host, port=args.port, share=share, accounts=sessions.accounts)
        _, local_url, share_url = demo.launch(prevent_thread_lock=True, **options)
    except (FacestyleError, OSError) as error:  # a damaged catalogue; a port that is taken
        print(f"facestyle could not start: {error}", file=sys.stderr)
        return 2
    clock = start_clock(sessions)
    with suppress(KeyboardInterrupt):
        print(f"facestyle is at {share_url or local_url}", flush=True)
        threading.Thread(target=warm_up, args=(services,), name="facestyle-warm-up", daemon=True).start()
        threading.Event().wait()
    clock.set()
    sessions.close()
    # What still computes ends after its step, and a connection when its other end has read: wait for neither for long.
    hurry = threading.Timer(GRACE_SECONDS, _leave)
    hurry.daemon = True
    hurry.start()
    demo.close(verbose=False)
    return 0


def _leave() -> None:
    shutil.rmtree(tempfile.gettempdir(), ignore_errors=True)
    os._exit(0)


if __name__ == "__main__":
    interrupt_on_sigterm()
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # before the page was open, or again while it closed
        sys.exit(INTERRUPTED)
