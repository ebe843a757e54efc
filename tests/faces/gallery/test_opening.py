"""Which gallery a setting names, and for how long it keeps people."""

from __future__ import annotations

from datetime import timedelta

import pytest

from facestyle.faces.gallery import MemoryGallery, SqliteGallery, open_gallery
from facestyle.settings import Settings
from facestyle.ui.services import real_services
from tests.faces.gallery.conftest import MODEL, vectors


@pytest.mark.parametrize(
    ("given", "days"),
    [
        ({}, None),
        ({"public": True}, 30),
        ({"SPACE_ID": "somebody/space"}, 30),
        ({"public": True, "gallery_days": 2}, 2),
        ({"public": True, "gallery_days": 0}, None),
        ({"gallery_days": 0.5}, 0.5),
    ],
)
def test_people_are_kept_for_ever_here_and_for_thirty_days_in_public(tmp_path, given, days):
    settings = Settings(gallery=tmp_path / "people.sqlite", **given)
    assert settings.retention == (None if days is None else timedelta(days=days))
    services = real_services(settings)
    for opened in (services.session_gallery, services.local_gallery):
        with opened() as gallery:
            ada = gallery.add("Ada", vectors(1), **MODEL)
            assert (ada.expires and ada.expires - ada.created) == settings.retention


def test_the_place_tells_the_driver(tmp_path):
    for place in (str(tmp_path / "a"), f"sqlite:///{tmp_path / 'b.sqlite'}"):
        with open_gallery(Settings(gallery=place)) as gallery:
            assert isinstance(gallery, SqliteGallery)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a", "b.sqlite"]
    with open_gallery(Settings(gallery="memory")) as gallery:
        assert isinstance(gallery, MemoryGallery)
