"""Tab Learning: how a network learns to tell people apart."""

from __future__ import annotations

import gradio as gr

from facestyle.ui import html, texts, training, triplet
from facestyle.ui.context import Context


class LearningTab:
    """Lays out the tab.

    Attributes:
        explorer: One triplet on the pretrained network.
    """

    def __init__(self, ctx: Context) -> None:
        gr.HTML(f'<h2 class="fs-part">{html.esc(texts.TRIPLET_TITLE)}</h2>')
        self.explorer = triplet.TripletExplorer(ctx)
        gr.HTML(f'<h2 class="fs-part fs-part-next">{html.esc(texts.LEARN_TITLE)}</h2>')
        training.TrainingPanel(ctx)
