"""Every environment variable facestyle reads, typed and in one place.

A `Settings()` is made where it is needed and passed down; it is never kept in a module, so that a test or a second
app in one process can have its own.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, Literal

from platformdirs import user_cache_path, user_data_path
from pydantic import BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PUBLIC_RETENTION_DAYS: Final = 30
"""How long people are kept where strangers share the app, unless `gallery_days` says otherwise."""


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

    style_tile: int | None = Field(
        default=None,
        ge=0,
        le=8192,
        description="Side (pixels) of the tiles in which a style transfer goes through its network, 0 for no tiles; "
        "default: tiles where it would not fit otherwise.",
    )

    max_image_bytes: int = Field(default=20_000_000, ge=1024, description="Largest accepted picture file, in bytes.")
    max_image_pixels: int = Field(default=50_000_000, ge=1024, description="Largest accepted picture, in pixels.")

    max_archive_bytes: int = Field(
        default=1_000_000_000,
        ge=1024,
        description="Largest accepted zip of pictures, in bytes; at most 100 MB in public.",
    )
    max_album_bytes: int = Field(
        default=4_000_000_000,
        ge=1024,
        description="What all pictures of an album may have together, unpacked, in bytes; at most 200 MB in public.",
    )
    max_album_pictures: int = Field(
        default=10_000, ge=1, le=100_000, description="Most pictures of an album; at most 200 in public."
    )
    max_album_faces: int = Field(
        default=10_000, ge=1, le=15_000, description="Most faces of an album; what comes after is left out."
    )

    max_video_seconds: float = Field(
        default=600.0, gt=0, description="Longest accepted clip, in seconds; at most 20 in public."
    )
    max_video_bytes: int = Field(
        default=2_000_000_000, ge=1024, description="Largest accepted clip, in bytes; at most 100 MB in public."
    )
    max_video_size: int = Field(
        default=1920, ge=64, description="Longest side of a painted video, in pixels; at most 640 in public."
    )

    min_face_size: int = Field(default=20, ge=12, description="Smallest face looked for, in pixels of its height.")
    detection_size: int = Field(
        default=1280, ge=160, description="Longer side (pixels) to which larger pictures are scaled before detection."
    )

    crops: Annotated[Literal[1, 2, 4], BeforeValidator(int)] = Field(
        default=4,
        description="Crops of a face that the embedded embedder averages; each number needs its own gallery.",
    )

    gallery: str = Field(
        default_factory=lambda: str(user_data_path("facestyle") / "gallery.sqlite"),
        description="Where enrolled people are kept: a file on this machine (a path or sqlite:///path), memory, or "
        "milvus://host:19530.",
    )
    gallery_token: SecretStr | None = Field(default=None, description="Milvus: a token, or user:password.")
    gallery_tls: bool = Field(default=False, description="Milvus: talk TLS to the server, and check its certificate.")
    gallery_tls_ca: Path | None = Field(
        default=None, description="Milvus: the PEM file of the authority to trust; default: this machine's."
    )
    gallery_days: float | None = Field(
        default=None,
        ge=0,
        le=36_500,
        description="Days until an enrolled person is forgotten, 0 for never; default: 30 in public, never locally.",
    )
    gallery_passphrase: SecretStr | None = Field(
        default=None, description="Encrypts exported galleries on the command line, and opens them again."
    )
    gallery_backups: int = Field(
        default=0, ge=0, le=100, description="How many backups of the gallery's file to keep beside it."
    )
    accounts: Path | None = Field(
        default=None,
        description="A file of accounts: then everybody must sign in, all see the one gallery, and only administrators "
        "change it.",
    )
    origins: str = Field(
        default="",
        description="Other web sites whose pages may ask this one, as https://name[:port], with commas between them.",
    )
    calibration: Path = Field(
        default_factory=lambda: user_data_path("facestyle") / "calibration",
        description="The folder of calibrations made on this machine; they take precedence over those of weights_dir.",
    )
    prior: float = Field(
        default=0.5,
        gt=0,
        lt=1,
        description="Assumed probability that two faces are one person's before they are compared.",
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

    zero_gpu: bool = Field(
        default=False,
        validation_alias="SPACES_ZERO_GPU",
        description="Set by Spaces that lend a GPU for the length of a call; style transfers then ask for it.",
    )

    @field_validator("gallery", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return str(value) if isinstance(value, Path) else value

    @property
    def retention(self) -> timedelta | None:
        """How long an enrolled person is kept; None for ever."""
        days = self.gallery_days
        if days is None:
            days = PUBLIC_RETENTION_DAYS if self.is_public else 0
        return timedelta(days=days) if days else None

    @property
    def has_own_galleries(self) -> bool:
        """Whether each browser session has a gallery of its own rather than the one that `gallery` names."""
        return self.is_public and self.accounts is None

    @property
    def is_public(self) -> bool:
        """Whether strangers share this app, so that it has tighter limits."""
        return self.public or self.space_id is not None


def complaint(error: ValidationError) -> str:
    """What is wrong with the environment, as a sentence that names each variable as its owner wrote it.

    Args:
        error: From `Settings()`.
    """
    prefix = str(Settings.model_config["env_prefix"])
    parts = []
    for item in error.errors():
        place = [str(part) for part in item["loc"]]
        # A field with a name of its own in the environment is reported under that name.
        name = f"{prefix}{place[0].upper()}" if place and place[0] in Settings.model_fields else ".".join(place)
        parts.append(f"{name}: {item['msg']}")
    return f"A setting is not usable: {'; '.join(parts)}."
