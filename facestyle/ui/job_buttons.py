"""What a tab with a button for long work shows when that ends, and when it is asked to."""

from __future__ import annotations

from typing import Any

import gradio as gr

from facestyle.ui import html, texts
from facestyle.ui.job import Job


def unlocked(job: Job) -> tuple[Any, ...]:
    """After the work, or after a queue that was too full for it: the status, the button, Stop.

    The status says so if the work was asked for and never began, and is left as it is otherwise. Nothing changes while
    the work goes on: this may follow a second click, which was not heard.
    """
    if job.running:
        return (gr.skip(),) * 3
    never_ran, job.waiting = job.waiting, False
    note = html.notice("warn", texts.QUEUE_FULL) if never_ran else gr.skip()
    return note, gr.Button(visible=True), gr.Button(visible=False)


def stopping(job: Job, label: str = texts.STYLE_STOPPING) -> gr.Button:
    """Asks the work to end after its step; Stop says that it was heard."""
    job.stop.set()
    return gr.Button(label, interactive=False)
