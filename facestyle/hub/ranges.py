"""Byte ranges of a file on the Hub, by HTTP Range requests (RFC 9110, section 14)."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

from huggingface_hub import constants, hf_hub_url
from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status  # type: ignore[attr-defined]

from facestyle.hub.failures import TRANSPORT_ERROR
from facestyle.hub.remote import RemoteFile

CHUNK_BYTES = 1 << 20
_ATTEMPTS = 4
_PAUSE_S = 0.5


class RangeIgnoredError(Exception):
    """The server sends the whole file, whatever range it is asked for."""


class RangeReader:
    """Reads parts of one file; a connection that breaks is taken up again where it broke.

    Args:
        file: Which.
        size: Its size in bytes, if the Hub has given it: another size means another file.

    Attributes:
        received: Bytes handed out so far.
    """

    def __init__(self, file: RemoteFile, size: int | None) -> None:
        self._url = hf_hub_url(file.repo, file.name, revision=file.revision)
        self._size = size
        self.received = 0

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes [start, end), in chunks of at most `CHUNK_BYTES`; fewer if the file ends before.

        Raises:
            RangeIgnoredError: The server has no Range. Only its headers were read.
            OSError: The Hub refuses, or what it sends is not the range asked for.
            Exception: `TRANSPORT_ERROR`, after four attempts none of which brought a byte.
        """
        attempts = 0
        while start < (end if self._size is None else min(end, self._size)):
            attempts += 1
            try:
                for chunk in self._request(start, end):
                    attempts = 0
                    start += len(chunk)
                    self.received += len(chunk)
                    yield chunk
                if attempts:
                    raise OSError("it sends an empty range")
            except TRANSPORT_ERROR as error:
                if isinstance(error, OSError) or attempts >= _ATTEMPTS:  # an answer with an error status is an OSError
                    raise
                time.sleep(_PAUSE_S * attempts)

    def _request(self, start: int, end: int) -> Iterator[bytes]:
        # The client's headers carry the login; on a redirect to another host its session leaves it out.
        headers = build_hf_headers() | {"Range": f"bytes={start}-{end - 1}", "Accept-Encoding": "identity"}
        timeout = constants.HF_HUB_DOWNLOAD_TIMEOUT
        with get_session().stream("GET", self._url, headers=headers, timeout=timeout, follow_redirects=True) as answer:
            hf_raise_for_status(answer)
            if answer.status_code != 206:
                raise RangeIgnoredError
            found = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", answer.headers.get("Content-Range", ""))
            if found is None or int(found[1]) != start or self._size not in {None, int(found[2])}:
                raise OSError(f"it sends the range {answer.headers.get('Content-Range')} instead of {headers['Range']}")
            self._size = int(found[2])
            left = end - start
            for chunk in answer.iter_bytes(CHUNK_BYTES):
                yield chunk[:left]
                left -= len(chunk)
                if left <= 0:
                    return
