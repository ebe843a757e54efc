"""Every refusal facestyle can give, each with a stable code and a sentence for people.

The code is for programs (CLI `--json`, API clients, tests) and never changes; the message is for the person in front of
the screen: what went wrong, then what to do.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from facestyle.faces.quality.base import QualityReason
    from facestyle.faces.results import Face


_MOST_SHOWN = 60
_FOREIGN = re.compile(r"\S{101,}|(?<=“)[^”]{61,}(?=”)|(?<=[ (]')[^']{61,}(?='[ .,)])")
"""What no sentence of ours has: overlong words, and long texts in quotation marks."""
_MOST_SAID = 1000


def shown(value: object) -> str:
    """A caller's value as a message may quote it: on one line, and no more of it than tells it from others.

    Of a text in the place of a path a picture may hang, and a message reaches logs and other people's screens.
    """
    if isinstance(value, (str, os.PathLike)):
        return repr(_shortened(os.fsdecode(value), _MOST_SHOWN))
    try:
        return _shortened(" ".join(repr(value).split()), _MOST_SHOWN)
    except ValueError:  # Python writes no whole number of thousands of digits
        return "a number of thousands of digits"


def brief(message: str) -> str:
    """A message, without what it was handed whole."""
    return _shortened(_FOREIGN.sub(lambda found: _shortened(found[0], _MOST_SHOWN), message), _MOST_SAID)


def _shortened(text: str, most: int) -> str:
    """Begin and end: of a path the name is at the end."""
    return text if len(text) <= most else f"{text[: most // 3]}…{text[most // 3 + 1 - most :]}"


class FacestyleError(Exception):
    """Base of all expected failures.

    Args:
        message: What went wrong and what to do, in whole sentences. Whatever is overlong in it is cut.

    Attributes:
        code: Stable machine-readable identifier, snake_case.
    """

    code: ClassVar[str] = "facestyle_error"

    def __init__(self, message: str) -> None:
        self.message = brief(message)
        super().__init__(self.message)

    def as_dict(self) -> dict[str, str]:
        """The `{"code", "message"}` object that the CLI and the API print."""
        return {"code": self.code, "message": self.message}


@contextmanager
def refused(refusal: FacestyleError) -> Generator[None]:
    """The door to a foreign parser or decoder: whatever it raises becomes that refusal; refusals of ours pass.

    Such a library has an exception for each kind of nonsense, and others in its next version, so that no list of them
    is ever whole.
    """
    try:
        yield
    except FacestyleError:
        raise
    except Exception as error:
        raise refusal from error


class InvalidRequestError(FacestyleError):
    """A parameter is outside its range or contradicts another one."""

    code = "invalid_request"


class TooManyCallsError(FacestyleError):
    """The caller has as many calls waiting as one may have, or the app has as many as it takes."""

    code = "too_many_calls"


class TooManyGuessesError(FacestyleError):
    """Too many wrong passwords came from one address."""

    code = "too_many_guesses"


class StorageError(FacestyleError):
    """What the app keeps for a while cannot be kept: the disk is full or read-only."""

    code = "storage"


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


# --- albums -------------------------------------------------------------------------------------------------------


class AlbumError(FacestyleError):
    """Many pictures at once could not be used."""

    code = "album_error"


class AlbumEmptyError(AlbumError):
    """There is no picture among what was given."""

    code = "album_empty"


class AlbumTooLargeError(AlbumError):
    """An archive exceeds a cap, or unpacks to more than one."""

    code = "album_too_large"


class ArchiveEncryptedError(AlbumError):
    """A zip asks for a password."""

    code = "archive_encrypted"


class ArchiveDamagedError(AlbumError):
    """A zip is cut off or damaged inside, or packed in an unusual way."""

    code = "archive_damaged"


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


class PoorQualityError(FaceError):
    """A face is too poor to be enrolled. Its children, one a reason, bear the reason's name as their code.

    Attributes:
        reasons: All that speaks against it, the gravest first; the error is that one's child.
    """

    code = "poor_quality"

    def __init__(self, message: str, *, picture: int = 0, reasons: Sequence[QualityReason] = ()) -> None:
        super().__init__(message, picture=picture)
        self.reasons = tuple(reasons)

    @classmethod
    def of(cls, message: str, *, picture: int = 0, reasons: Sequence[QualityReason]) -> PoorQualityError:
        """The child for the gravest reason."""
        kinds = {kind.code: kind for kind in cls.__subclasses__()}
        return kinds[reasons[0].value](message, picture=picture, reasons=reasons)


class FaceTooSmallError(PoorQualityError):
    """Too few pixels between the eyes."""

    code = "face_too_small"


class FaceCutOffError(PoorQualityError):
    """The picture's edge runs through the face."""

    code = "face_cut_off"


class TooDarkError(PoorQualityError):
    """Too little light on the face."""

    code = "too_dark"


class TooBrightError(PoorQualityError):
    """The face is overexposed."""

    code = "too_bright"


class TooBlurryError(PoorQualityError):
    """The face lacks detail."""

    code = "too_blurry"


class FaceTurnedAwayError(PoorQualityError):
    """The head is turned too far from the camera."""

    code = "face_turned_away"


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


class IdentityConflictError(GalleryError):
    """What is to be enrolled contradicts what is enrolled.

    Attributes:
        picture: Position of the picture among those of the request, from 0.
    """

    code = "identity_conflict"

    def __init__(self, message: str, *, picture: int = 0) -> None:
        super().__init__(message)
        self.picture = picture


class ResemblesAnotherError(IdentityConflictError):
    """The face is within the threshold of somebody enrolled under another name."""

    code = "resembles_another"


class UnlikeOthersError(IdentityConflictError):
    """The face is beyond the threshold of all the person's other pictures."""

    code = "unlike_others"


class NotAllowedError(GalleryError):
    """The gallery is shared, and the account may not change it; or there is no such account any more."""

    code = "not_allowed"


class AccountsError(FacestyleError):
    """The file of accounts cannot be used, or an account cannot be made as asked for."""

    code = "accounts"


class GalleryDriverMissingError(GalleryUnavailableError):
    """The package that talks to the gallery's server is not installed."""

    code = "gallery_driver_missing"


class ArchiveError(GalleryError):
    """An exported gallery could not be read: no archive, damaged, tampered with, or of another model."""

    code = "archive_error"


class PassphraseError(ArchiveError):
    """An encrypted archive without its passphrase, or with a wrong one."""

    code = "passphrase"


class BackupMissingError(GalleryError):
    """There is no backup to restore."""

    code = "backup_missing"


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


# --- calibration --------------------------------------------------------------------------------------------------


class CalibrationError(FacestyleError):
    """A calibration could not be made, kept or used."""

    code = "calibration_error"


class CalibrationDataError(CalibrationError):
    """The labelled pairs do not allow a calibration."""

    code = "calibration_data"


class CalibrationDamagedError(CalibrationError):
    """The file is no calibration, or one of an unknown schema."""

    code = "calibration_damaged"


class CalibrationMismatchError(CalibrationError):
    """The calibration is of another model or preprocessing."""

    code = "calibration_mismatch"


# --- learning -----------------------------------------------------------------------------------------------------


class LearningError(FacestyleError):
    """A network could not be trained, kept or used."""

    code = "learning_error"


class LearningDataError(LearningError):
    """The pictures do not allow a training: too few people, too few pictures of each, or none at all."""

    code = "learning_data"


class LearningNotFiniteError(LearningError):
    """The loss or its gradient became NaN or infinite; the weights are those of the step before."""

    code = "learning_not_finite"


class EncoderDamagedError(LearningError):
    """The file is no trained encoder, or one of an unknown kind."""

    code = "encoder_damaged"


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


class SettingsMissingError(StyleError):
    """The picture carries no settings of a run."""

    code = "settings_missing"


class SettingsDamagedError(StyleError):
    """The settings in the picture cannot be used."""

    code = "settings_damaged"


class GpuNotLentError(StyleError):
    """The app runs where GPUs are lent by the call, and none was to be had."""

    code = "gpu_not_lent"


# --- video --------------------------------------------------------------------------------------------------------


class VideoError(StyleError):
    """A clip could not be used."""

    code = "video_error"


class VideoNotFoundError(VideoError):
    """The path leads to no file."""

    code = "video_not_found"


class VideoEmptyError(VideoError):
    """Zero bytes, or no moving picture in the file, such as sound alone."""

    code = "video_empty"


class VideoUnreadableError(VideoError):
    """Not a clip in a supported format, or damaged so that no picture can be read."""

    code = "video_unreadable"


class VideoTooLargeError(VideoError):
    """Longer, or of more bytes or pixels, than the configured caps."""

    code = "video_too_large"
