"""Colours, type and spacing. Every pair of text and ground has a contrast of 4.5:1 or more, in light and in dark."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
from gradio.themes.utils import fonts, sizes

CSS_PATH = Path(__file__).resolve().parent / "style.css"

# Gradio bundles these, so that no font is fetched from anywhere; other scripts fall back to the system's fonts. Weights
# 400 and 700 are complete; the bundled 600 holds Cyrillic only and would mix two typefaces within a word.
FONT = (fonts.LocalFont("IBM Plex Sans", weights=(400, 700)), "ui-sans-serif", "system-ui", "sans-serif")
FONT_MONO = (fonts.LocalFont("IBM Plex Mono", weights=(400, 700)), "ui-monospace", "monospace")

LIGHT = {
    "page": "#f5f6fa",
    "card": "#ffffff",
    "soft": "#eef0f7",
    "line": "#d5d9e6",
    "field": "#ffffff",
    "field_line": "#7f88a3",
    "text": "#12172b",
    "muted": "#4a5370",
    "accent": "#4331c4",
    "accent_hover": "#35259f",
    "accent_soft": "#e9e7fb",
    "accent_text": "#3a29b0",
    "stop": "#a31d2d",
}
DARK = {
    "page": "#0d1020",
    "card": "#161a2e",
    "soft": "#1f2540",
    "line": "#2d3454",
    "field": "#10142a",
    "field_line": "#6b7499",
    "text": "#eceef8",
    "muted": "#b1b8d3",
    "accent": "#5b4be0",
    "accent_hover": "#6a5bea",
    "accent_soft": "#2a2660",
    "accent_text": "#bdb6ff",
    "stop": "#b3303f",
}

_PAIRS = {
    "body_background_fill": "page",
    "body_text_color": "text",
    "body_text_color_subdued": "muted",
    # Theme.set() resets the first of these to white unless it is given anew.
    "background_fill_primary": "card",
    "background_fill_secondary": "soft",
    "border_color_primary": "line",
    "border_color_accent": "accent",
    "border_color_accent_subdued": "accent",
    "color_accent_soft": "accent_soft",
    "link_text_color": "accent_text",
    "link_text_color_active": "accent_text",
    "link_text_color_hover": "accent_text",
    "link_text_color_visited": "accent_text",
    "block_background_fill": "card",
    "block_border_color": "line",
    "block_info_text_color": "muted",
    "block_label_background_fill": "soft",
    "block_label_border_color": "line",
    "block_label_text_color": "text",
    "block_title_text_color": "text",
    "panel_background_fill": "card",
    "panel_border_color": "line",
    "accordion_text_color": "text",
    "table_text_color": "text",
    "input_background_fill": "field",
    "input_background_fill_focus": "field",
    "input_background_fill_hover": "field",
    "input_border_color": "field_line",
    "input_border_color_focus": "accent_text",
    "input_border_color_hover": "accent_text",
    "input_placeholder_color": "muted",
    "checkbox_background_color": "field",
    "checkbox_background_color_focus": "field",
    "checkbox_background_color_hover": "field",
    "checkbox_background_color_selected": "accent",
    "checkbox_border_color": "field_line",
    "checkbox_border_color_focus": "accent_text",
    "checkbox_border_color_hover": "accent_text",
    "checkbox_border_color_selected": "accent",
    "checkbox_label_background_fill": "soft",
    "checkbox_label_background_fill_hover": "soft",
    "checkbox_label_background_fill_selected": "accent_soft",
    "checkbox_label_border_color": "line",
    "checkbox_label_border_color_hover": "accent_text",
    "checkbox_label_border_color_selected": "accent_text",
    "checkbox_label_text_color": "text",
    "checkbox_label_text_color_selected": "text",
    "slider_color": "accent",
    "stat_background_fill": "accent_soft",
    "table_border_color": "line",
    "button_primary_background_fill": "accent",
    "button_primary_background_fill_hover": "accent_hover",
    "button_primary_border_color": "accent",
    "button_primary_border_color_hover": "accent_hover",
    "button_secondary_background_fill": "soft",
    "button_secondary_background_fill_hover": "accent_soft",
    "button_secondary_border_color": "field_line",
    "button_secondary_border_color_hover": "accent_text",
    "button_secondary_text_color": "text",
    "button_secondary_text_color_hover": "text",
    "button_cancel_background_fill": "stop",
    "button_cancel_background_fill_hover": "stop",
    "button_cancel_border_color": "stop",
    "button_cancel_border_color_hover": "stop",
}
_WHITE = ("button_primary_text_color", "button_primary_text_color_hover", "button_cancel_text_color")


def make_theme() -> gr.themes.Base:
    """The theme of the page."""
    theme = gr.themes.Base(
        primary_hue=gr.themes.colors.indigo,
        secondary_hue=gr.themes.colors.indigo,
        neutral_hue=gr.themes.colors.slate,
        radius_size=sizes.radius_lg,
        spacing_size=sizes.spacing_md,
        text_size=sizes.text_md,
        font=FONT,
        font_mono=FONT_MONO,
    )
    colors: dict[str, str] = {}
    for variable, role in _PAIRS.items():
        colors[variable] = LIGHT[role]
        colors[f"{variable}_dark"] = DARK[role]
    for variable in _WHITE:
        colors[variable] = colors[f"{variable}_dark"] = "#ffffff"
    # Base has no dark twin of these two: one colour that does on both.
    theme.set(
        **colors,
        color_accent="#5b4be0",
        loader_color="#5b4be0",
        loader_color_dark="#bdb6ff",
        block_border_width="1px",
        block_border_width_dark="1px",
        block_title_text_weight="600",
        block_label_text_weight="600",
        block_shadow="none",
        block_shadow_dark="none",
        button_large_text_weight="600",
        button_medium_text_weight="600",
        button_primary_shadow="none",
        button_primary_shadow_dark="none",
        input_border_width="1px",
        input_border_width_dark="1px",
        input_shadow="none",
        input_shadow_dark="none",
        input_shadow_focus="none",
        input_shadow_focus_dark="none",
        checkbox_label_shadow="none",
    )
    return theme
