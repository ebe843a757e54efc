"""The gallery: enrolled people, their embeddings, and who is nearest to a probe."""

from facestyle.faces.gallery.base import Gallery
from facestyle.faces.gallery.memory import MemoryGallery
from facestyle.faces.gallery.sqlite import SqliteGallery

__all__ = ["Gallery", "MemoryGallery", "SqliteGallery"]
