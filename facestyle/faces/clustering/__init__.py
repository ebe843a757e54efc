"""Faces grouped by person: complete linkage at tau, K-means, HDBSCAN. None puts two faces of one photo together."""

from __future__ import annotations

from facestyle.faces.clustering.base import METHODS, Cluster, Clustering, Method
from facestyle.faces.clustering.grouping import group_embeddings

__all__ = ["METHODS", "Cluster", "Clustering", "Method", "group_embeddings"]
