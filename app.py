"""The facestyle app: `python app.py` serves one page with the tabs Verify, Identify, Enroll and Style transfer."""

from __future__ import annotations

import argparse
import atexit
import logging
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Sequence

from pydantic import ValidationError

from facestyle.errors import AccountsError, FacestyleError
from facestyle.settings import Settings, complaint

log = logging.getLogger("facestyle.app")


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="app.py", description=__doc__)
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
    """Sets what Gradio reads when it is imported: no analytics, and a private folder for uploads that dies with us."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    if "GRADIO_TEMP_DIR" not in os.environ:
        folder = tempfile.mkdtemp(prefix="facestyle-")
        os.environ["GRADIO_TEMP_DIR"] = folder
        atexit.register(shutil.rmtree, folder, ignore_errors=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves the page until it is told to stop."""
    args = parse(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    prepare_environment()
    share = args.share == "yes"
    try:
        settings = Settings()
    except ValidationError as error:
        print(f"facestyle could not start: {complaint(error)}", file=sys.stderr)
        return 2
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
    print(f"facestyle is at {share_url or local_url}", flush=True)
    threading.Thread(target=warm_up, args=(services,), name="facestyle-warm-up", daemon=True).start()

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()
    clock.set()
    sessions.close()
    demo.close(verbose=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
