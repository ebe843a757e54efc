"""Embedders: one file a model, each with the alignment that its network was trained on."""

from facestyle.faces.embedding.dlib import DlibEmbedder
from facestyle.faces.embedding.loading import DEFAULT, embedders, load_embedder

__all__ = ["DEFAULT", "DlibEmbedder", "embedders", "load_embedder"]
