"""Clips through a fast network: pictures, rhythm, sound, limits, and what a broken file or a stop leaves."""

import shutil

import av
import numpy as np
import pytest
from PIL import Image

from facestyle.errors import (
    ImageTooSmallError,
    InvalidRequestError,
    NotEnoughMemoryError,
    VideoEmptyError,
    VideoError,
    VideoNotFoundError,
    VideoTooLargeError,
    VideoUnreadableError,
)
from facestyle.settings import Settings
from facestyle.style.fast import fast_styles, stylize_fast
from facestyle.style.video.reading import VideoLimits
from facestyle.style.video.service import stylize_video
from tests.style.video.clips import picture, read_clip, sound_packets, write_clip

STYLE = fast_styles()[0].id


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return write_clip(tmp_path_factory.mktemp("clips") / "clip.mp4")


def paint(clip, out, **options):
    steps = list(stylize_video(clip, out, style=options.pop("style", STYLE), **options))
    return steps, steps[-1].result


def test_a_clip_of_ten_frames(clip, tmp_path):
    out = tmp_path / "out.mp4"
    steps, result = paint(clip, out)
    assert [step.frame for step in steps] == [*range(1, 11), 10]
    assert all(step.result is None for step in steps[:-1])
    assert [step.frames for step in steps] == [10] * 11
    assert all(step.seconds_left is not None for step in steps)
    assert steps[-1].seconds_left == 0
    assert (result.frames, result.size, result.rate, result.sound) == (10, (96, 128), 10.0, True)
    assert 0 < result.flicker < 0.6 * result.flicker_alone
    pictures, times, _ = read_clip(out)
    assert pictures.shape == (10, 96, 128, 3)
    assert np.allclose(times, np.arange(10) / 10, atol=1e-3)
    alone = stylize_fast(picture(9), style=STYLE)
    plain = np.abs(pictures[9].astype(float) - picture(9)).mean()
    assert np.abs(pictures[9].astype(float) - alone).mean() < 0.4 * plain
    assert list(tmp_path.iterdir()) == [out]


def test_sound_is_copied_bit_by_bit_and_stays_in_time(clip, tmp_path):
    paint(clip, tmp_path / "out.mp4", consistent=False)
    assert sound_packets(tmp_path / "out.mp4") == sound_packets(clip)
    with av.open(str(tmp_path / "out.mp4")) as container, av.open(str(clip)) as original:
        assert container.streams.audio[0].codec_context.name == "aac"
        ours, theirs = container.streams.audio[0], original.streams.audio[0]
        assert float(ours.duration * ours.time_base) == pytest.approx(
            float(theirs.duration * theirs.time_base), abs=0.05
        )


def test_sound_that_mp4_cannot_hold_is_encoded_anew(tmp_path):
    clip = write_clip(tmp_path / "clip.avi", sound="pcm_s16le", video="mpeg4")
    paint(clip, tmp_path / "out.mp4", consistent=False)
    _, _, samples = read_clip(tmp_path / "out.mp4")
    spectrum = np.abs(np.fft.rfft(samples[0][:44100]))
    hertz = spectrum.argmax() * 44100 / min(44100, samples.shape[1])
    assert abs(hertz - 440) < 3
    assert 0.9 < samples.shape[1] / 44100 < 1.2


def test_frame_by_frame_is_what_the_network_paints(clip, tmp_path):
    _, result = paint(clip, tmp_path / "out.mp4", consistent=False)
    assert result.flicker is None
    assert result.flicker_alone is None
    with av.open(str(clip)) as container:
        first = next(container.decode(video=0)).to_ndarray(format="rgb24")
    pictures, _, _ = read_clip(tmp_path / "out.mp4")
    assert np.abs(pictures[0].astype(float) - stylize_fast(first, style=STYLE)).mean() < 9


def test_a_painting_and_strength_and_size(clip, tmp_path):
    _, result = paint(clip, tmp_path / "out.mp4", style=picture(0, 80, 80), size=65, strength=0.0)
    assert result.size == (48, 64)
    pictures, _, _ = read_clip(tmp_path / "out.mp4")
    small = np.asarray(Image.fromarray(picture(0)).resize((64, 48), Image.Resampling.LANCZOS))
    assert np.abs(pictures[0].astype(float) - small).mean() < 9


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mov", {}),
        ("a.mkv", {"sound": "flac"}),
        ("a.webm", {"video": "libvpx-vp9", "sound": None}),
        ("a.avi", {"video": "mpeg4", "sound": "mp3"}),
        ("a.ts", {}),
        ("a.mp4", {"sound": None}),
    ],
)
def test_containers_and_codecs(tmp_path, name, options):
    clip = write_clip(tmp_path / name, 4, **options)
    out = tmp_path / "painted.mp4"
    _, result = paint(clip, out, consistent=False)
    assert result.frames == 4
    assert result.sound == (options.get("sound", "aac") is not None)
    pictures, times, samples = read_clip(out)
    assert len(pictures) == 4
    rhythm = np.diff(times)
    assert np.allclose(rhythm[1:] if name == "a.avi" else rhythm, 0.1, atol=2e-3)  # its first picture stands longer
    assert times[0] == pytest.approx(0, abs=0.1)
    assert (samples.shape[1] > 0) == result.sound


def test_an_animated_gif(tmp_path):
    pages = [Image.fromarray(picture(number)) for number in range(3)]
    pages[0].save(tmp_path / "a.gif", save_all=True, append_images=pages[1:], duration=[100, 300, 100])
    paint(tmp_path / "a.gif", tmp_path / "out.mp4", consistent=False)
    _, times, _ = read_clip(tmp_path / "out.mp4")
    assert np.allclose(times, [0, 0.1, 0.4], atol=0.02)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_clips_of_turned_phones_come_out_upright(tmp_path, degrees):
    clip = write_clip(tmp_path / "a.mp4", 2, rotation=degrees)
    with av.open(str(clip)) as container:
        turns = next(container.decode(video=0)).rotation // 90
    assert turns % 4
    _, result = paint(clip, tmp_path / "out.mp4", strength=0.0, consistent=False)
    upright = np.rot90(picture(0), turns)
    assert result.size == upright.shape[:2]
    pictures, _, _ = read_clip(tmp_path / "out.mp4")
    assert np.abs(pictures[0].astype(float) - upright).mean() < 9


def broken(tmp_path, clip, kind):
    path = tmp_path / "broken.mp4"
    data = clip.read_bytes()
    contents = {
        "noise": np.random.default_rng(0).integers(0, 256, 5000, np.uint8).tobytes(),
        "text": b"not a clip at all\n" * 50,
        "head": data[:200],
        "no_index": data[: len(data) // 2] if data.find(b"moov") > data.find(b"mdat") else data[:600],
        "empty": b"",
        "playlist": f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{clip}\n#EXT-X-ENDLIST\n".encode(),
        "concat": f"ffconcat version 1.0\nfile {clip}\n".encode(),
    }
    path.write_bytes(contents[kind])
    return path


@pytest.mark.parametrize("kind", ["noise", "text", "head", "no_index", "playlist", "concat"])
def test_what_is_no_clip_is_told_so(tmp_path, clip, kind):
    path = broken(tmp_path, clip, kind)
    with pytest.raises(VideoUnreadableError, match=r"broken\.mp4"):
        stylize_video(path, tmp_path / "out.mp4", style=STYLE)
    assert list(tmp_path.iterdir()) == [path]


def test_empty_missing_and_sound_alone(tmp_path, clip):
    with pytest.raises(VideoEmptyError, match="0 bytes"):
        stylize_video(broken(tmp_path, clip, "empty"), tmp_path / "out.mp4", style=STYLE)
    with pytest.raises(VideoNotFoundError):
        stylize_video(tmp_path / "none.mp4", tmp_path / "out.mp4", style=STYLE)
    with pytest.raises(VideoNotFoundError):
        stylize_video(tmp_path, tmp_path / "out.mp4", style=STYLE)
    for name, codec in (("a.m4a", "aac"), ("a.mp3", "mp3"), ("a.wav", "pcm_s16le")):
        song = write_clip(tmp_path / name, video=None, sound=codec, seconds=0.5)
        with pytest.raises(VideoEmptyError, match="only sound"):
            stylize_video(song, tmp_path / "out.mp4", style=STYLE)
    assert not (tmp_path / "out.mp4").exists()


def test_a_still_picture_is_no_clip(tmp_path):
    Image.fromarray(picture(0)).save(tmp_path / "a.png")
    with pytest.raises(VideoUnreadableError):
        stylize_video(tmp_path / "a.png", tmp_path / "out.mp4", style=STYLE)


def test_limits(tmp_path, clip):
    out = tmp_path / "out.mp4"
    with pytest.raises(VideoTooLargeError, match=r"longer than the 0\.5 seconds"):
        stylize_video(clip, out, style=STYLE, settings=Settings(max_video_seconds=0.5))
    with pytest.raises(VideoTooLargeError, match="MB"):
        stylize_video(clip, out, style=STYLE, settings=Settings(max_video_bytes=2000))
    with pytest.raises(VideoTooLargeError, match="pixels"):
        stylize_video(clip, out, style=STYLE, settings=Settings(max_image_pixels=10_000))
    with pytest.raises(InvalidRequestError, match="up to 100"):
        stylize_video(clip, out, style=STYLE, size=101, settings=Settings(max_video_size=100))
    _, result = paint(clip, out, settings=Settings(max_video_size=100), consistent=False)
    assert result.size == (76, 100)
    assert VideoLimits.of(Settings(public=True)).seconds == 20
    assert VideoLimits.of(Settings(public=True, max_video_seconds=5)).seconds == 5


def test_a_file_that_hides_its_length_is_stopped_while_it_is_read(tmp_path, clip):
    # A Matroska stream that was written to a pipe has no length in its head.
    path = tmp_path / "a.mkv"
    with open(path, "wb") as file:

        class Pipe:
            def write(self, data):
                return file.write(data)

        with av.open(clip) as source, av.open(Pipe(), "w", format="matroska") as target:
            stream = target.add_stream_from_template(source.streams.video[0])
            for packet in source.demux(source.streams.video[0]):
                if packet.dts is not None:
                    packet.stream = stream
                    target.mux(packet)
    steps = stylize_video(path, tmp_path / "out.mp4", style=STYLE, settings=Settings(max_video_seconds=0.5))
    with pytest.raises(VideoTooLargeError):
        list(steps)
    assert list(tmp_path.iterdir()) == [path]


def test_stopping_leaves_nothing_and_spares_what_was_there(tmp_path, clip):
    out = tmp_path / "out.mp4"
    out.write_text("the film of yesterday")
    steps = stylize_video(clip, out, style=STYLE)
    assert next(steps).frame == 1
    next(steps)
    steps.close()
    assert out.read_text() == "the film of yesterday"
    assert list(tmp_path.iterdir()) == [out]


def test_a_clip_that_is_cut_off_is_painted_as_far_as_it_goes(tmp_path, clip):
    whole = write_clip(tmp_path / "whole.mkv", 30, sound=None)
    (tmp_path / "part.mkv").write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.7)])
    _, result = paint(tmp_path / "part.mkv", tmp_path / "out.mp4", consistent=False, size=64)
    assert 1 <= result.frames < 30
    assert len(read_clip(tmp_path / "out.mp4")[0]) == result.frames


@pytest.mark.parametrize(
    ("box", "offset", "number"),
    [
        (b"stts", 16, 0x80000000),  # a picture that lasts for less than no time
        (b"mdhd", 16, 0),  # a second of no units
        (b"mdhd", 16, 0xFFFFFFFF),
        (b"stsz", 12, 0xFFFFFFFF),
        (b"stco", 12, 0xFFFFFFFF),
    ],
)
@pytest.mark.parametrize("video", ["libx264", "mpeg4"])
def test_a_field_that_cannot_be_leaves_a_film_or_a_refusal_by_name(tmp_path, video, box, offset, number):
    path = write_clip(tmp_path / "clip.mov", 3, rate=25, video=video)
    data = bytearray(path.read_bytes())
    at = data.index(box) + offset
    data[at : at + 4] = number.to_bytes(4)
    path.write_bytes(data)
    try:
        frames = paint(path, tmp_path / "out.mp4", consistent=False, size=64)[1].frames
    except VideoError as error:
        assert "clip.mov" in error.message  # noqa: PT017
        assert [file.name for file in tmp_path.iterdir()] == ["clip.mov"]
    else:
        assert 1 <= frames <= 3


@pytest.mark.parametrize(
    ("video", "box", "offset", "number"), [("libx264", b"avc1", 0, 0x78787878), ("mpeg4", b"stss", 12, 0x80000000)]
)
def test_what_ffmpeg_stumbles_over_is_called_damaged(tmp_path, video, box, offset, number):
    path = write_clip(tmp_path / "clip.mov", 3, rate=25, video=video)
    data = bytearray(path.read_bytes())
    at = data.index(box) + offset
    data[at : at + 4] = number.to_bytes(4)
    path.write_bytes(data)
    with pytest.raises(VideoUnreadableError, match=r"“clip\.mov” is not a video in a supported format, or is damaged"):
        paint(path, tmp_path / "out.mp4", consistent=False, size=64)


def test_requests_that_cannot_be_met(tmp_path, clip):
    out = tmp_path / "out.mp4"
    for options in ({"style": "no_such"}, {"style": STYLE, "size": 10}, {"style": STYLE, "strength": 2.0}):
        with pytest.raises(InvalidRequestError):
            stylize_video(clip, out, **options)
    with pytest.raises(InvalidRequestError, match=r"\.mp4"):
        stylize_video(clip, tmp_path / "out.avi", style=STYLE)
    own = shutil.copy(clip, tmp_path / "own.mp4")
    with pytest.raises(InvalidRequestError, match="clip itself"):
        stylize_video(own, own, style=STYLE)
    with pytest.raises(NotEnoughMemoryError):
        list(stylize_video(clip, out, style=STYLE, size=1900, settings=Settings(memory_limit_mb=64)))
    narrow = write_clip(tmp_path / "narrow.mp4", 2, size=(16, 256), sound=None)
    with pytest.raises(ImageTooSmallError):
        list(stylize_video(narrow, out, style=STYLE, size=64))
    assert not out.exists()
    assert not list(tmp_path.glob(".facestyle*"))


def test_every_refusal_of_a_clip_is_a_video_error():
    kinds = (VideoEmptyError, VideoNotFoundError, VideoTooLargeError, VideoUnreadableError)
    assert all(issubclass(kind, VideoError) for kind in kinds)
    assert len({kind.code for kind in kinds}) == 4
