"""Clips drawn for the tests: a disc that crosses a gradient with a texture, with a tone as sound."""

from fractions import Fraction

import av
import numpy as np


def picture(number, height=96, width=128, speed=3):
    """A still of the clip: the background stands, the disc moves by `speed` pixels to the right at each."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    ground = np.stack([60 + x, 200 - y, 90 + 0.5 * (x + y)], axis=-1) + 25 * (np.sin(x / 5) * np.cos(y / 7))[..., None]
    disc = (x - 30 - speed * number) ** 2 + (y - height / 2) ** 2 < 20**2
    stripes = 40 * np.sin((x - speed * number) / 3)[..., None]
    return np.where(disc[..., None], np.array([220, 70, 60]) + stripes, ground).clip(0, 255).astype(np.uint8)


def tone(seconds, rate=44100):
    """440 Hz, int16 (1, samples)."""
    time = np.arange(int(seconds * rate)) / rate
    return (8000 * np.sin(2 * np.pi * 440 * time)).astype(np.int16)[None]


def write_clip(path, frames=10, *, rate=10, size=(96, 128), sound="aac", video="libx264", rotation=0, seconds=None):
    """A clip of `frames` pictures; `sound` and `video` are encoders or None."""
    with av.open(str(path), "w") as container:
        stream = audio = None
        if video:
            stream = container.add_stream(video, rate=rate)
            stream.height, stream.width = size
            stream.pix_fmt = "yuv420p"
            if rotation:
                stream.set_display_rotation(rotation)
        if sound:
            audio = container.add_stream(sound, rate=44100, layout="mono")
        for number in range(frames if video else 0):
            frame = av.VideoFrame.from_ndarray(picture(number, *size), format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            container.mux(stream.encode(frame))
        if video:
            container.mux(stream.encode(None))
        if sound:
            samples = tone(seconds or frames / rate)
            for start in range(0, samples.shape[1], 1024):
                frame = av.AudioFrame.from_ndarray(samples[:, start : start + 1024], format="s16", layout="mono")
                frame.sample_rate, frame.pts = 44100, start
                container.mux(audio.encode(frame))
            container.mux(audio.encode(None))
    return path


def read_clip(path):
    """Pictures (count, height, width, 3), their times in seconds, and the sound's samples."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
        pictures = np.stack([frame.to_ndarray(format="rgb24") for frame in frames])
        times = [frame.time for frame in frames]
    samples = np.zeros((1, 0))
    with av.open(str(path)) as container:
        if container.streams.audio:
            decoded = [frame.to_ndarray() for frame in container.decode(audio=0)]
            samples = np.concatenate(decoded, axis=1)
    return pictures, times, samples


def sound_packets(path):
    """The sound as it lies in the file."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]
