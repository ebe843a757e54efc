import re

import pytest

from facestyle.ui import theme

CSS = theme.CSS_PATH.read_text(encoding="utf-8")


def luminance(color):
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    """WCAG 2.2, relative luminance."""
    lighter, darker = sorted((luminance(a), luminance(b)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def css_palette(selector):
    block = re.search(rf"^{re.escape(selector)} \{{(.*?)^\}}", CSS, re.S | re.M).group(1)
    return dict(re.findall(r"--fs-([\w-]+): (#[0-9a-f]{6})", block))


def test_the_formula():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("palette", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
@pytest.mark.parametrize("text", ["text", "muted", "accent_text"])
@pytest.mark.parametrize("ground", ["page", "card", "soft", "field", "accent_soft"])
def test_text_is_readable_on_every_ground(palette, text, ground):
    assert contrast(palette[text], palette[ground]) >= 4.5


@pytest.mark.parametrize("palette", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
def test_buttons_are_readable_and_fields_have_an_outline(palette):
    for ground in ("accent", "accent_hover", "stop"):
        assert contrast("#ffffff", palette[ground]) >= 4.5
    for ground in ("card", "page"):
        assert contrast(palette["field_line"], palette[ground]) >= 3  # WCAG 1.4.11


@pytest.mark.parametrize("selector", [":root", ".dark"])
def test_the_pages_own_colours_are_readable(selector):
    palette = css_palette(selector)
    for tone in ("good", "bad", "warn"):
        assert contrast(palette[tone], palette[f"{tone}-soft"]) >= 4.5
        assert contrast(palette["text"], palette[f"{tone}-soft"]) >= 4.5
    assert contrast(palette["bad"], palette["soft"]) >= 4.5
    for line in ("line-total", "line-content", "line-style"):
        assert contrast(palette[line], palette["card"]) >= 3


@pytest.mark.parametrize(("selector", "palette"), [(":root", theme.LIGHT), (".dark", theme.DARK)])
def test_stylesheet_and_theme_share_one_palette(selector, palette):
    css = css_palette(selector)
    for ours, theirs in (("page", "page"), ("card", "card"), ("soft", "soft"), ("rule", "line"), ("text", "text"),
                         ("muted", "muted"), ("accent", "accent"), ("accent-text", "accent_text")):  # fmt: skip
        assert css[ours] == palette[theirs]


def test_no_font_and_no_picture_is_fetched_from_elsewhere():
    made = theme.make_theme()
    fetched = re.findall(r"""url\(['"]?([^'")]{0,20})""", made._get_theme_css())
    assert fetched
    assert all(url.startswith(("data:", "static/fonts/")) for url in fetched)
    assert made._stylesheets == []
    assert "url(" not in CSS
    assert "@import" not in CSS


def test_the_theme_keeps_its_own_grounds():
    made = theme.make_theme()
    assert made.background_fill_primary == theme.LIGHT["card"]
    assert made.background_fill_primary_dark == theme.DARK["card"]
