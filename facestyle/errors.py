"""Every refusal facestyle can give, each with a stable code and a sentence for people.

The code is for programs (CLI `--json`, API clients, tests) and never changes; the message is for the person in front of
the screen: what went wrong, then what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from facestyle.faces.results import Face


class FacestyleError(Exception):
    """Base of all expected failures.

    Args:
        message: What went wrong and what to do, in whole sentences.

    Attributes:
        code: Stable machine-readable identifier, snake_case.
    """

    code: ClassVar[str] = "facestyle_error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def as_dict(self) -> dict[str, str]:
        """The `{"code", "message"}` object that the CLI and the API print."""
        return {"code": self.code, "message": self.message}


class InvalidRequestError(FacestyleError):
    """A parameter is outside its range or contradicts another one."""

    code = "invalid_request"


# --- pictures -----------------------------------------------------------------------------------------------------


class ImageError(FacestyleError):
    """A picture could not be used."""

    code = "image_error"


class ImageNotFoundError(ImageError):
    """The path leads to no file."""

    code = "image_not_found"


class ImageEmptyError(ImageError):
    """Zero bytes, or no picture given."""

    code = "image_empty"


class ImageUnreadableError(ImageError):
    """The bytes are not a picture in a supported format."""

    code = "image_unreadable"


class ImageTruncatedError(ImageError):
    """The file starts like a picture, but ends too early or is damaged inside."""

    code = "image_truncated"


class ImageTooLargeError(ImageError):
    """More bytes or more pixels than the configured caps."""

    code = "image_too_large"


class ImageTooSmallError(ImageError):
    """Fewer pixels than the task needs."""

    code = "image_too_small"


# --- faces --------------------------------------------------------------------------------------------------------


class FaceError(FacestyleError):
    """A picture was read, but its faces do not allow an answer.

    Attributes:
        picture: Position of that picture among those of the request, from 0.
    """

    code = "face_error"

    def __init__(self, message: str, *, picture: int = 0) -> None:
        super().__init__(message)
        self.picture = picture


class NoFaceError(FaceError):
    """No face was found."""

    code = "no_face"


class SeveralFacesError(FaceError):
    """More than one face, none of which is clearly the subject.

    Attributes:
        faces: What was found, so that the person can choose.
    """

    code = "several_faces"

    def __init__(self, message: str, *, picture: int = 0, faces: Sequence[Face]) -> None:
        super().__init__(message, picture=picture)
        self.faces = tuple(faces)


# --- gallery ------------------------------------------------------------------------------------------------------


class GalleryError(FacestyleError):
    """The gallery of enrolled people could not do what was asked."""

    code = "gallery_error"


class InvalidNameError(GalleryError):
    """An empty, overlong or unprintable name."""

    code = "invalid_name"


class NameTakenError(GalleryError):
    """Rename would merge two people."""

    code = "name_taken"


class UnknownPersonError(GalleryError):
    """Nobody is enrolled under that name or ID."""

    code = "unknown_person"


class NotEnrolledWithModelError(GalleryError):
    """The person is enrolled, but with another model's embeddings."""

    code = "not_enrolled_with_model"


class InvalidEmbeddingError(GalleryError):
    """NaN, infinite, all-zero or wrongly shaped embedding."""

    code = "invalid_embedding"


class GalleryDamagedError(GalleryError):
    """The gallery's file is not a gallery, or is damaged."""

    code = "gallery_damaged"


class GalleryUnavailableError(GalleryError):
    """The gallery is sound as far as anyone knows, but cannot be opened, read or written now."""

    code = "gallery_unavailable"


class ConsentMissingError(GalleryError):
    """Enrolment without the person's consent."""

    code = "consent_missing"


# --- weights ------------------------------------------------------------------------------------------------------


class WeightsError(FacestyleError):
    """A model's weights are not usable. Nothing ever runs on random weights instead."""

    code = "weights_error"


class UnknownModelError(WeightsError):
    """No such entry in the catalogue."""

    code = "unknown_model"


class WeightsMissingError(WeightsError):
    """A weight file is neither embedded nor cached nor downloadable."""

    code = "weights_missing"


class HubGatedError(WeightsMissingError):
    """The Hub hands the file only to accounts that accepted its terms, or refuses this account."""

    code = "hub_gated"


class HubNotFoundError(WeightsMissingError):
    """The Hub has no such repository, revision or file."""

    code = "hub_not_found"


class HubUnreachableError(WeightsMissingError):
    """The Hub refused the connection, did not answer, answered nonsense or broke off."""

    code = "hub_unreachable"


class HubOfflineError(WeightsMissingError):
    """Offline mode is on, and the file is not in the local cache."""

    code = "hub_offline"


class DiskFullError(WeightsMissingError):
    """There is no room for the download."""

    code = "disk_full"


class CacheUnwritableError(WeightsMissingError):
    """The folder for downloads can't be written."""

    code = "cache_unwritable"


class DownloadCancelledError(WeightsMissingError):
    """The person stopped the download; nothing of it is left."""

    code = "download_cancelled"


class WeightsDamagedError(WeightsError):
    """A weight file is truncated, altered, or does not fit its network."""

    code = "weights_damaged"


class CatalogueError(WeightsError):
    """weights/catalog.toml itself is missing or malformed."""

    code = "catalogue_error"


# --- style --------------------------------------------------------------------------------------------------------


class StyleError(FacestyleError):
    """A stylisation could not start or go on."""

    code = "style_error"


class NotEnoughMemoryError(StyleError):
    """The forecast of a run exceeds the memory that it may use."""

    code = "not_enough_memory"


class LossNotFiniteError(StyleError):
    """The loss became NaN or infinite; the last good picture was already handed out."""

    code = "loss_not_finite"
