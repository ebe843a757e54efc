"""The gallery: enrolled people, their embeddings, and who is nearest to a probe."""

from facestyle.faces.gallery.base import EmbeddingSet, Gallery, Record
from facestyle.faces.gallery.memory import MemoryGallery
from facestyle.faces.gallery.opening import open_gallery
from facestyle.faces.gallery.sqlite import SqliteGallery

__all__ = ["EmbeddingSet", "Gallery", "MemoryGallery", "Record", "SqliteGallery", "open_gallery"]
