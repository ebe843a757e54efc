"""Video files -> upright pictures with their times, and the sound as it lies in the file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import av
import numpy as np
import numpy.typing as npt
from av.audio.stream import AudioStream
from av.packet import Packet
from av.stream import Disposition
from av.video.reformatter import Interpolation

from facestyle.errors import VideoEmptyError, VideoNotFoundError, VideoTooLargeError, VideoUnreadableError, refused
from facestyle.images.albums import display_name
from facestyle.settings import Settings

# FFmpeg also reads playlists, which name other files and addresses to open: only containers that hold all they need.
_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2",
    "matroska,webm",
    "avi",
    "mpegts",
    "mpeg",
    "gif",
    "ogg",
    "flv",
    "asf",
    "mp3",
    "wav",
    "flac",
    "aac",
)
_NAMES = "MP4, MOV, WebM, MKV, AVI, MPEG or GIF"
_PUBLIC_SECONDS, _PUBLIC_BYTES, _PUBLIC_SIZE = 20.0, 100_000_000, 640
_RATE_WITHOUT_ANY = Fraction(25)
_LEAST_RATE, _MOST_RATE = Fraction(1, 100), 1000
"""What a file says beyond them is damage, which no encoder takes."""


@dataclass(frozen=True, slots=True)
class VideoLimits:
    """What a clip may cost.

    Attributes:
        seconds: Of its length.
        file_bytes: Of its file.
        pixels: Of one picture.
        size: Longer side of the result, pixels.
    """

    seconds: float
    file_bytes: int
    pixels: int
    size: int

    @classmethod
    def of(cls, settings: Settings) -> VideoLimits:
        """Those of the settings, lower where strangers share the app."""
        chosen = (settings.max_video_seconds, settings.max_video_bytes, settings.max_video_size)
        if settings.is_public:
            chosen = (min(chosen[0], _PUBLIC_SECONDS), min(chosen[1], _PUBLIC_BYTES), min(chosen[2], _PUBLIC_SIZE))
        seconds, file_bytes, size = chosen
        return cls(seconds, file_bytes, settings.max_image_pixels, size)


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """One picture of a clip.

    Attributes:
        image: uint8 (height, width, 3), upright, of the size asked for.
        pts: When it is shown, in units of `Clip.time_base`, from the clip's beginning.
    """

    image: npt.NDArray[np.uint8]
    pts: int


class Clip:
    """A video file that is being read. Use it in a `with` statement.

    Args:
        path: Of the file.
        limits: What it may cost.

    Attributes:
        size: (height, width) of its pictures as they are shown: upright, with square pixels.
        rate: Pictures a second, on average.
        time_base: Seconds of one unit of `Still.pts`.
        seconds: Its length as the file says; None where it does not.
        sound: The stream of its sound; None without.

    Raises:
        VideoNotFoundError: The path leads to no readable file.
        VideoEmptyError: No bytes, or sound alone.
        VideoUnreadableError: Not a clip in a supported format.
        VideoTooLargeError: Above a cap.
    """

    def __init__(self, path: str | os.PathLike[str], limits: VideoLimits) -> None:
        self._limits = limits
        self._name = display_name(Path(path).name)
        with self._decoding(), ExitStack() as files:
            self._container = self._open(Path(path), files)
            streams = [
                stream
                for stream in self._container.streams.video
                if not stream.disposition & Disposition.attached_pic  # a song's cover
            ]
            if not streams:
                raise VideoEmptyError(f"“{self._name}” has no moving picture in it, only sound. Choose a video.")
            self._stream = streams[0]
            self._stream.thread_type = "AUTO"
            self.sound: AudioStream | None = next(iter(self._container.streams.audio), None)
            if self.sound is not None and not self.sound.codec_context.sample_rate:
                self.sound = None
            self.time_base = Fraction(self._stream.time_base or 1 / _RATE_WITHOUT_ANY)
            rate = Fraction(self._stream.average_rate or self._stream.guessed_rate or 0)
            self.rate = rate if _LEAST_RATE <= rate <= _MOST_RATE else _RATE_WITHOUT_ANY
            if self.time_base <= 0:
                raise ValueError("time runs backwards")
            self.seconds = self._length()
            self._check_length(self.seconds or 0.0)
            self.size, self._rotation = self._shape()
            self._files = files.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._files.close()

    def read(self, size: tuple[int, int]) -> Iterator[Still | Packet[AudioStream]]:
        """Everything in the file's order: pictures, and packets of sound.

        Damaged pictures are left out.

        Args:
            size: (height, width) of the pictures, pixels.

        Raises:
            VideoTooLargeError: It is longer than the file said, and than it may be.
            VideoUnreadableError: No picture could be read.
        """
        stills = 0
        try:
            with self._decoding():
                for part in self._parts(size):
                    stills += isinstance(part, Still)
                    yield part
        except VideoUnreadableError:  # the file is cut off: what was read is what there is
            if not stills:
                raise
        if not stills:
            raise VideoUnreadableError(f"No picture of “{self._name}” could be read: the file is damaged.")

    def _parts(self, size: tuple[int, int]) -> Iterator[Still | Packet[AudioStream]]:
        self._container.seek(0)
        self._stream.codec_context.flush_buffers()
        start = Fraction(self._container.start_time or 0, 1_000_000)
        last = -1
        for packet in self._container.demux(*(stream for stream in (self._stream, self.sound) if stream)):
            if packet.stream is self.sound:
                yield self._shifted(cast("Packet[AudioStream]", packet), start)
                continue
            for frame in self._decode(packet):
                pts = last + 1 if frame.pts is None else frame.pts - round(start / self.time_base)
                pts = max(pts, last + 1)
                self._check_length(float(pts * self.time_base))
                yield Still(self._upright(frame, size), pts)
                last = pts

    def _decoding(self) -> AbstractContextManager[None]:
        """The door to FFmpeg."""
        return refused(
            VideoUnreadableError(
                f"“{self._name}” is not a video in a supported format, or is damaged. Choose {_NAMES}."
            )
        )

    def _open(self, path: Path, files: ExitStack) -> av.container.InputContainer:
        try:
            if not path.is_file():
                raise VideoNotFoundError(f"There is no file “{self._name}”. Check the path and try again.")
            length = path.stat().st_size
            file = files.enter_context(path.open("rb"))
        except (OSError, ValueError) as error:
            raise VideoNotFoundError(f"“{self._name}” can't be read. Check that it may be read.") from error
        if length == 0:
            raise VideoEmptyError(f"“{self._name}” is empty (0 bytes). Choose another file.")
        if length > self._limits.file_bytes:
            raise VideoTooLargeError(
                f"“{self._name}” has {length / 1e6:,.0f} MB; a clip may have {self._limits.file_bytes / 1e6:,g} MB. "
                "Choose a shorter one."
            )
        options = {"format_whitelist": ",".join(_FORMATS), "protocol_whitelist": "file"}
        return files.enter_context(av.open(file, "r", container_options=options))

    def _length(self) -> float | None:
        if self._stream.duration is not None:
            return float(self._stream.duration * self.time_base)
        return None if self._container.duration is None else self._container.duration / 1e6

    def _check_length(self, seconds: float) -> None:
        if seconds > self._limits.seconds:
            raise VideoTooLargeError(
                f"“{self._name}” is longer than the {self._limits.seconds:g} seconds that a clip may have. Cut it."
            )

    def _shape(self) -> tuple[tuple[int, int], int]:
        """(height, width) as shown, and quarter turns anticlockwise that make the pictures upright."""
        context = self._stream.codec_context
        if context.width * context.height > self._limits.pixels:
            raise VideoTooLargeError(
                f"The pictures of “{self._name}” have {context.width} x {context.height} pixels, more than can be "
                "taken. Scale it down."
            )
        unreadable = VideoUnreadableError(f"No picture of “{self._name}” could be read: the file is damaged or empty.")
        with refused(unreadable):
            first = next(iter(self._container.decode(self._stream)), None)
        if first is None:
            raise unreadable
        aspect = self._stream.sample_aspect_ratio
        height, width = first.height, max(1, round(first.width * float(aspect or 1)))
        turns = round(first.rotation / 90) % 4
        return ((width, height) if turns % 2 else (height, width)), turns

    def _decode(self, packet: Any) -> list[Any]:  # noqa: ANN401
        try:
            return list(packet.decode())
        except Exception:  # as for all that is foreign, see `refused`
            return []

    def _upright(self, frame: av.VideoFrame, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
        height, width = size[::-1] if self._rotation % 2 else size
        scaled = frame.reformat(width=width, height=height, format="rgb24", interpolation=Interpolation.LANCZOS)
        image = np.rot90(scaled.to_ndarray(), self._rotation)
        return np.ascontiguousarray(image, dtype=np.uint8)

    def _shifted(self, packet: Packet[AudioStream], start: Fraction) -> Packet[AudioStream]:
        base = packet.time_base
        if start and base:
            offset = round(start / base)
            packet.pts = None if packet.pts is None else packet.pts - offset
            packet.dts = None if packet.dts is None else packet.dts - offset
        return packet
