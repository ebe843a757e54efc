"""Every environment variable facestyle reads, typed and in one place.

A `Settings()` is made where it is needed and passed down; it is never kept in a module, so that a test or a second
app in one process can have its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from platformdirs import user_cache_path, user_data_path
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Configuration, read from `FACESTYLE_*` environment variables.

    Raises:
        pydantic.ValidationError: A variable does not parse or is out of range.
    """

    model_config = SettingsConfigDict(env_prefix="FACESTYLE_", extra="ignore", frozen=True, populate_by_name=True)

    device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        default="auto", description="Where networks run; auto takes cuda, then mps, then cpu."
    )
    threads: int | None = Field(default=None, ge=1, le=256, description="CPU threads of torch; default: one per core.")
    memory_limit_mb: int | None = Field(
        default=None, ge=64, description="Memory (MiB) that one stylisation may use; default: 80 % of what is free."
    )

    max_image_bytes: int = Field(default=20_000_000, ge=1024, description="Largest accepted picture file, in bytes.")
    max_image_pixels: int = Field(default=50_000_000, ge=1024, description="Largest accepted picture, in pixels.")

    min_face_size: int = Field(default=20, ge=12, description="Smallest face looked for, in pixels of its height.")
    detection_size: int = Field(
        default=1280, ge=160, description="Longer side (pixels) to which larger pictures are scaled before detection."
    )

    gallery: Path = Field(
        default_factory=lambda: user_data_path("facestyle") / "gallery.sqlite",
        description="The file that holds enrolled people on this machine.",
    )
    weights_dir: Path = Field(
        default=Path(__file__).resolve().parent.parent / "weights",
        description="The folder of catalog.toml and the embedded weight files.",
    )
    hub_timeout_s: float = Field(
        default=5.0,
        gt=0,
        le=120,
        description="How long the Hugging Face Hub may take to answer before it counts as away.",
    )
    model_cache_mb: int = Field(
        default=1024, ge=0, description="Memory (MiB) that loaded networks may keep; the longest unused go first."
    )
    cache_dir: Path = Field(
        default_factory=lambda: user_cache_path("facestyle"), description="Where facestyle keeps files of its own."
    )
    public: bool = Field(
        default=False, description="One gallery per browser session, wiped when its tab closes (automatic on Spaces)."
    )
    space_id: str | None = Field(
        default=None, validation_alias="SPACE_ID", description="Set by Hugging Face Spaces; makes the app public."
    )

    @property
    def is_public(self) -> bool:
        """Whether strangers share this app, so that each browser session needs a gallery of its own."""
        return self.public or self.space_id is not None
