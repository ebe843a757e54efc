"""A camera whose frames are streamed, mirrored as people know themselves."""

from __future__ import annotations

import gradio as gr

from facestyle.ui import texts


def webcam(elem_id: str) -> gr.Image:
    """Lays out the camera; the browser is asked for 640 x 480, as much as the networks look at."""
    return gr.Image(
        label=texts.LIVE_CAMERA,
        type="filepath",
        image_mode=None,
        sources=["webcam"],
        streaming=True,
        show_label=False,
        webcam_options=gr.WebcamOptions(
            mirror=True, constraints={"video": {"width": {"ideal": 640}, "height": {"ideal": 480}}}
        ),
        buttons=[],
        elem_id=elem_id,
    )
