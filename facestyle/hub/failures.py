"""From an exception of huggingface_hub, of its HTTP library or of the disk to a named error with what to do."""

from __future__ import annotations

import errno
from importlib import import_module

from huggingface_hub import constants
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from facestyle.errors import (
    CacheUnwritableError,
    DiskFullError,
    HubGatedError,
    HubNotFoundError,
    HubOfflineError,
    HubUnreachableError,
    WeightsError,
)

TRANSPORT_ERROR: type[Exception] = HfHubHTTPError.__bases__[0]
"""Base of the HTTP library's errors (httpx under huggingface_hub 1, httpx2 under 2): connection, time-out, protocol."""

_INVALID_URL: type[Exception] = import_module(TRANSPORT_ERROR.__module__).InvalidURL

EXPECTED: tuple[type[Exception], ...] = (TRANSPORT_ERROR, _INVALID_URL, OSError)
"""What the client raises when something outside of this program goes wrong; an invalid URL comes from HF_ENDPOINT."""

_FULL = {errno.ENOSPC, errno.EDQUOT}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}
_INSTEAD = "Meanwhile the embedded models work."


def named(error: Exception, where: str) -> WeightsError:
    """The error to raise from `error`.

    Args:
        error: One of `EXPECTED`.
        where: The file, for the sentence.
    """
    if isinstance(error, WeightsError):
        return error
    if isinstance(error, LocalEntryNotFoundError) and isinstance(error.__cause__, EXPECTED):
        return named(error.__cause__, where)  # the client's sentence hides what happened
    if isinstance(error, OfflineModeIsEnabled):
        return HubOfflineError(
            f"{where} is not on this computer yet, and offline mode is on. Unset HF_HUB_OFFLINE to download it. "
            f"{_INSTEAD}"
        )
    if isinstance(error, HfHubHTTPError):
        return _from_status(error, where)
    number = error.errno if isinstance(error, OSError) else None
    if number in _FULL:
        return DiskFullError(
            f"{where} can't be stored: the disk is full. Make room, or set HF_HOME and FACESTYLE_CACHE_DIR to folders "
            "on another disk."
        )
    # Files and folders are named in the exception, connections are not. A folder that can't be made because a file
    # stands in its place, or its disk is gone, is no fault of the network.
    if number in _REFUSED or (isinstance(error, OSError) and error.filename is not None):
        return CacheUnwritableError(
            f"{where} can't be stored: {error}. Set HF_HOME and FACESTYLE_CACHE_DIR to folders that can be written."
        )
    return unreachable(where, str(error) or type(error).__name__)


def unreachable(where: str, reason: str) -> HubUnreachableError:
    """The Hub did not answer as it should."""
    return HubUnreachableError(
        f"{where} can't be downloaded: {constants.ENDPOINT} does not answer as it should "
        f"({' '.join(reason.split())[:200]}). Check the network (and HF_ENDPOINT), then try again. {_INSTEAD}"
    )


def _from_status(error: HfHubHTTPError, where: str) -> WeightsError:
    status = error.response.status_code
    if not {"x-error-code", "x-error-message"} & {key.lower() for key in error.response.headers}:
        return unreachable(where, f"HTTP status {status} without the Hub's own words, as from a proxy")
    # Gated is a kind of not found: it is asked first.
    if isinstance(error, GatedRepoError) or (status == 403 and not isinstance(error, RepositoryNotFoundError)):
        return HubGatedError(
            f"{where} is gated. Accept its terms on its page of the Hugging Face Hub, then log in with "
            f"`hf auth login`. {_INSTEAD}"
        )
    if isinstance(error, RevisionNotFoundError):
        return _missing(where, "this revision")
    if isinstance(error, RemoteEntryNotFoundError):
        return _missing(where, "this file")
    if isinstance(error, RepositoryNotFoundError) or status in {404, 410}:
        return _missing(where, "this repository (or shows it to its members only: log in with `hf auth login`)")
    if status == 401:
        return HubGatedError(
            f"{where} is refused: the Hugging Face Hub does not accept the login of this computer. Renew it with "
            f"`hf auth login`. {_INSTEAD}"
        )
    return unreachable(where, f"HTTP status {status}")


def _missing(where: str, what: str) -> HubNotFoundError:
    return HubNotFoundError(
        f"{where} can't be downloaded: the Hugging Face Hub has no longer {what}. Update facestyle. {_INSTEAD}"
    )
