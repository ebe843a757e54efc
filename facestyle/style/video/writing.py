"""Pictures -> an MP4 file that plays everywhere: H.264, 4:2:0, even sides, index in front."""

from __future__ import annotations

import os
from contextlib import ExitStack, suppress
from fractions import Fraction
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import av
import numpy as np
import numpy.typing as npt
from av.audio.stream import AudioStream
from av.error import FFmpegError
from av.packet import Packet
from av.video.stream import VideoStream

from facestyle import files
from facestyle.errors import InvalidRequestError, shown

_ENCODERS = ("libx264", "libopenh264", "h264_videotoolbox", "mpeg4")
"""In order of preference. Wheels of PyAV have the first; a build without it (its licence is the GPL) has another."""

_OPTIONS: dict[str, dict[str, str]] = {
    "libx264": {"crf": "16", "preset": "medium"},  # 16: paint strokes are texture, which 23 smears
    "mpeg4": {"q:v": "2"},
}

_COPIED = frozenset({"aac", "mp3", "ac3", "eac3", "opus", "flac", "alac"})
"""Sound that MP4 can hold as it is (mp4ra.org, codecs); other sound is encoded anew, as AAC."""

_BT709 = 1  # ITU-T H.273, tables 2 to 4: primaries, transfer and matrix of BT.709
_LIMITED = 1  # AVCOL_RANGE_MPEG, which every player expects
_AUDIO_BIT_RATE = 192_000


def encoder() -> str:
    """Name of the video encoder that this machine's FFmpeg has.

    Raises:
        InvalidRequestError: None that fits MP4.
    """
    for name in _ENCODERS:
        with suppress(ValueError, FFmpegError):
            return av.Codec(name, "w").name
    raise InvalidRequestError("The installed FFmpeg cannot write MP4 videos. Install the wheel of PyAV.")


def check_video_path(path: str | os.PathLike[str], suffixes: tuple[str, ...] = (".mp4",)) -> None:
    """Refuses at once what could not be written after long work; writes nothing.

    Raises:
        InvalidRequestError: Another suffix, or a folder that is missing or cannot be written to.
    """
    target = Path(path)
    if target.suffix.lower() not in suffixes:
        raise InvalidRequestError(f"The name {shown(target.name)} must end with {' or '.join(suffixes)}.")
    if not target.parent.is_dir():
        raise InvalidRequestError(f"The folder {shown(target.parent)} does not exist. Create it or choose another.")
    if not os.access(target.parent, os.W_OK) or target.is_dir():
        raise InvalidRequestError(f"{shown(target)} cannot be written. Choose another folder or name.")


class VideoWriter:
    """Writes one MP4 file. Use it in a `with` statement: the file appears whole at its end, or not at all.

    Args:
        path: Where to; an existing file is replaced.
        size: (height, width) of the pictures, pixels; an odd side is lengthened by repeating its last line.
        rate: Pictures a second, for the encoder's rate control.
        time_base: Seconds of one unit of `pts`; default: one picture at that rate.
        sound: The stream whose packets `add_sound` will get; None for a silent video.

    Raises:
        InvalidRequestError: The file can't be written.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        size: tuple[int, int],
        *,
        rate: Fraction,
        time_base: Fraction | None = None,
        sound: AudioStream | None = None,
    ) -> None:
        self._path = Path(path)
        check_video_path(self._path)
        self._size = size
        self._place = ExitStack()
        name = encoder()
        try:
            # Not the path: FFmpeg would take a name such as "concat:a" for a protocol.
            file = self._place.enter_context(files.replacing(self._path))
            self._container = av.open(file, "w", format="mp4", options={"movflags": "+faststart"})
        except (OSError, ValueError, FFmpegError) as error:
            self._discard(error)
            raise self._refusal(error) from error
        options = dict(_OPTIONS.get(name, {}))
        self._stream = cast("VideoStream", self._container.add_stream(name, rate=rate, options=options))
        self._stream.height, self._stream.width = (side + side % 2 for side in size)
        self._stream.pix_fmt = "yuv420p"
        self._time_base = time_base or 1 / Fraction(rate)
        context = self._stream.codec_context
        context.time_base = self._time_base
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = _LIMITED
        self._copied = sound is not None and sound.codec_context.codec.canonical_name in _COPIED
        self._sound: Any = None
        self._samples: int | None = None
        if sound is not None and self._copied:
            self._sound = self._container.add_stream_from_template(sound)
        elif sound is not None:
            self._sound = self._container.add_stream("aac", rate=sound.codec_context.sample_rate)
            self._sound.codec_context.bit_rate = _AUDIO_BIT_RATE
            self._sound.codec_context.layout = "mono" if sound.codec_context.channels == 1 else "stereo"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None:
            self._finish()
        else:
            self._discard(error)

    def add(self, picture: npt.NDArray[np.uint8], pts: int) -> None:
        """Appends a picture.

        Args:
            picture: uint8 (height, width, 3) of the size announced.
            pts: When it is shown, in units of the time base; larger than the one before.

        Raises:
            InvalidRequestError: The disk is full, or another failure of the file.
        """
        height, width = self._size
        if height % 2 or width % 2:
            picture = np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")
        frame.pts, frame.time_base = pts, self._time_base
        self._mux(lambda: self._stream.encode(frame))

    def add_sound(self, packet: Packet[AudioStream]) -> None:
        """Appends a packet of the sound as it was read.

        Raises:
            InvalidRequestError: As for `add`.
        """
        if self._sound is None or packet.dts is None:
            return
        if self._copied:
            packet.stream = self._sound
            self._mux(lambda: [packet])
            return
        with suppress(FFmpegError, ValueError):  # a damaged bit of sound is no reason to lose the video
            for frame in packet.decode():
                if self._samples is None:
                    self._samples = max(0, round((frame.time or 0.0) * frame.sample_rate))
                # Counted, as some files' own times jump back and forth by a few samples, which MP4 refuses.
                frame.pts, frame.time_base = self._samples, Fraction(1, frame.sample_rate)
                self._samples += frame.samples
                self._mux(partial(self._sound.encode, frame))

    def _mux(self, make: Any) -> None:  # noqa: ANN401
        try:
            for packet in make():
                self._container.mux(packet)
        except (OSError, FFmpegError) as error:
            raise self._refusal(error) from error

    def _finish(self) -> None:
        try:
            self._mux(lambda: self._stream.encode(None))
            if self._sound is not None and not self._copied:
                self._mux(lambda: self._sound.encode(None))
            self._container.close()
            self._place.close()
        except BaseException as error:
            self._discard(error)
            if isinstance(error, (OSError, FFmpegError)):
                raise self._refusal(error) from error
            raise

    def _discard(self, error: BaseException) -> None:
        """As one that failed with that error, however far it has come."""
        if hasattr(self, "_container"):
            with suppress(OSError, ValueError, FFmpegError):
                self._container.close()
        with suppress(type(error), OSError):
            self._place.__exit__(type(error), error, None)

    def _refusal(self, error: Exception) -> InvalidRequestError:
        reason = getattr(error, "strerror", None) or str(error)
        return InvalidRequestError(
            f"{shown(self._path)} could not be written ({reason}). Choose another folder or name."
        )
