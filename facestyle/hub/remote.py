"""One file on the Hub, named so that it can't change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a repository at a commit.

    Attributes:
        repo: `owner/name`.
        revision: Full commit hash (40 hex digits).
        name: Path in the repository.
        sha256: What it must be (hex), if that is known beforehand.
        bytes: Its exact size, if that is known beforehand.
    """

    repo: str
    revision: str
    name: str
    sha256: str | None = None
    bytes: int | None = None

    @property
    def where(self) -> str:
        """For sentences: `owner/name@12345678/file`."""
        return f"{self.repo}@{self.revision[:8]}/{self.name}"
