"""The MP4 file: playable everywhere, of the pictures' colours, whole or not there."""

from fractions import Fraction

import av
import numpy as np
import pytest

from facestyle.errors import InvalidRequestError
from facestyle.style.video import writing
from facestyle.style.video.writing import VideoWriter, encoder
from tests.style.video.clips import picture, read_clip, write_clip


def write(path, pictures, **options):
    with VideoWriter(path, pictures[0].shape[:2], rate=Fraction(10), **options) as writer:
        for number, each in enumerate(pictures):
            writer.add(each, number)


def test_every_player_can_show_it(tmp_path):
    write(tmp_path / "a.mp4", [picture(number) for number in range(5)])
    data = (tmp_path / "a.mp4").read_bytes()
    assert 0 < data.find(b"moov") < data.find(b"mdat")  # the index in front: playing starts before all is loaded
    with av.open(str(tmp_path / "a.mp4")) as container:
        video = container.streams.video[0]
        assert video.codec_context.pix_fmt == "yuv420p"
        assert video.codec_context.name == ("h264" if "264" in encoder() else "mpeg4")
        assert video.average_rate == 10
        assert video.frames == 5
        assert not container.streams.audio


@pytest.mark.parametrize("size", [(48, 64), (47, 64), (48, 63), (47, 63)])
def test_colours_and_odd_sides(tmp_path, size):
    color = np.array([200, 40, 90], np.uint8)
    write(tmp_path / "a.mp4", [np.broadcast_to(color, (*size, 3))] * 3)
    pictures, times, _ = read_clip(tmp_path / "a.mp4")
    assert pictures.shape == (3, 48, 64, 3)
    assert np.abs(pictures.astype(int) - color).max() <= 4
    assert np.allclose(times, [0, 0.1, 0.2])


def test_pictures_come_back(tmp_path):
    drawn = [picture(number) for number in range(6)]
    write(tmp_path / "a.mp4", drawn)
    pictures, _, _ = read_clip(tmp_path / "a.mp4")
    assert np.abs(pictures.astype(int) - np.stack(drawn)).mean() < 5


def test_an_uneven_rhythm_is_kept(tmp_path):
    with VideoWriter(tmp_path / "a.mp4", (48, 64), rate=Fraction(10), time_base=Fraction(1, 1000)) as writer:
        for pts in (0, 40, 200, 250):
            writer.add(picture(pts, 48, 64), pts)
    _, times, _ = read_clip(tmp_path / "a.mp4")
    assert np.allclose(times, [0, 0.04, 0.2, 0.25], atol=1e-3)


def test_without_x264_another_encoder_writes_it(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "_ENCODERS", ("no_such_encoder", "mpeg4"))
    write(tmp_path / "a.mp4", [picture(number) for number in range(3)])
    assert read_clip(tmp_path / "a.mp4")[0].shape == (3, 96, 128, 3)
    monkeypatch.setattr(writing, "_ENCODERS", ("no_such_encoder",))
    with pytest.raises(InvalidRequestError, match="cannot write MP4"):
        encoder()


def test_what_breaks_off_leaves_nothing_and_spares_what_was_there(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_text("the film of yesterday")

    def interrupted():
        with VideoWriter(path, (48, 64), rate=Fraction(10)) as writer:
            writer.add(picture(0, 48, 64), 0)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_text() == "the film of yesterday"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing.os, "replace", full)
    with pytest.raises(InvalidRequestError, match="No space left"):
        write(tmp_path / "a.mp4", [picture(0)])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a.avi", "none/a.mp4", "a"])
def test_names_that_cannot_be_written(tmp_path, name):
    with pytest.raises(InvalidRequestError):
        VideoWriter(tmp_path / name, (48, 64), rate=Fraction(10))
    assert not list(tmp_path.iterdir())


def test_sound_that_changes_midway_costs_no_picture(tmp_path):
    """As damaged codec bytes make it: the encoder refuses with another exception than FFmpeg's."""

    class Packet:
        dts = 0

        def __init__(self, layout, rate):
            self.frame = av.AudioFrame.from_ndarray(
                np.zeros((1, 1024 * (1 + (layout == "stereo"))), np.int16), format="s16", layout=layout
            )
            self.frame.sample_rate = rate
            self.frame.pts, self.frame.time_base = 0, Fraction(1, rate)

        def decode(self):
            return [self.frame]

    clip = write_clip(tmp_path / "clip.avi", sound="pcm_s16le", video="mpeg4")
    with (
        av.open(str(clip)) as source,
        VideoWriter(tmp_path / "a.mp4", (96, 128), rate=Fraction(10), sound=source.streams.audio[0]) as writer,
    ):
        for number in range(5):
            writer.add(picture(number), number)
            writer.add_sound(Packet("mono", 44100) if number < 2 else Packet("stereo", 48000))
    pictures, _, samples = read_clip(tmp_path / "a.mp4")
    assert len(pictures) == 5
    assert samples.shape[1] >= 2048
