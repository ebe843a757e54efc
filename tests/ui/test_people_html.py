from datetime import UTC, datetime

import pytest

from facestyle.faces.results import Person
from facestyle.settings import Settings
from facestyle.ui import people_html, texts
from facestyle.ui.people_html import View

DAY = datetime(2026, 11, 22, tzinfo=UTC)


def person(name, **facts):
    return Person(id=f"id of {name}", name=name, models=("m",), embeddings=2, created=DAY, **facts)


def test_a_line_says_how_many_pictures_since_when_and_until_when():
    shown = people_html.people_list([person("Ada", expires=datetime(2026, 12, 22, tzinfo=UTC))], View(), 1, 1)
    assert "2 pictures · since 2026-11-22 · until 2026-12-22" in shown
    assert texts.PEOPLE_COUNT_ONE in shown
    assert "until" not in people_html.people_list([person("Ada")], View(), 1, 1)


@pytest.mark.parametrize(
    ("page", "to", "said"),
    [(0, ["1", "3"], "Page 1 of 4"), (1, ["0", "0", "2", "3"], "Page 2 of 4"), (3, ["0", "2"], "Page 4 of 4")],
)
def test_a_page_leads_to_its_neighbours_and_the_ends(page, to, said):
    shown = people_html.people_list([person("Ada")], View(page=page), 80, 80)
    pager = shown[shown.index("<nav") :]
    assert [part.split('"')[0] for part in pager.split('data-id="')[1:]] == to
    assert said in pager
    assert pager.count("disabled") == 4 - len(to)


def test_one_page_has_no_pager():
    assert "<nav" not in people_html.people_list([person("Ada")], View(), people_html.PAGE, people_html.PAGE)


def test_a_search_says_what_it_found_and_is_escaped():
    assert "1 of 3 people" in people_html.people_list([person("Ada")], View("a"), 1, 3)
    none = people_html.people_list([], View("<b>"), 0, 3)
    assert "&lt;b&gt;" in none
    assert "<b>" not in none


def test_a_way_back_is_shown_for_the_time_that_is_left():
    shown = people_html.removed([("7", "<i>", 4.0)], 10)
    assert "animation-duration:10s;animation-delay:-6.00s" in shown
    assert 'data-action="undo" data-id="7"' in shown
    assert "<i>" not in shown
    assert people_html.removed([], 10) == ""


@pytest.mark.parametrize(
    ("days", "said"),
    [(None, texts.PEOPLE_KEPT_ALWAYS), (1, texts.PEOPLE_KEPT_ONE), (7, texts.PEOPLE_KEPT.format(days=7))],
)
def test_where_people_are_kept_and_how_long_is_said(tmp_path, days, said):
    shown = people_html.where(Settings(gallery=tmp_path / "here.sqlite", gallery_days=days), 30)
    assert "here.sqlite" in shown
    assert said in shown


def test_in_public_they_are_kept_for_the_tab(tmp_path):
    shown = people_html.where(Settings(gallery=tmp_path / "here.sqlite", public=True), 30)
    assert "this browser tab only" in shown
    assert "30 minutes" in shown
    assert texts.PEOPLE_KEPT.format(days=30) in shown
    assert "here.sqlite" not in shown
