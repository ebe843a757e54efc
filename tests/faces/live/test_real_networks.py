"""The engine over the networks on board: what it costs to look less closely, and that nothing grows."""

import gc
from pathlib import Path

import numpy as np
import pytest

from benchmarks.live_rate import stream
from facestyle.faces.gallery.memory import MemoryGallery
from facestyle.faces.live import LiveEngine, LiveOptions
from facestyle.faces.service import FaceService

VGA = (640, 480)


@pytest.fixture
def service(detector, embedder, example):
    with MemoryGallery() as gallery:
        made = FaceService(gallery, detector=detector, embedder=embedder)
        made.enroll("Grace", [example("hopper.jpg")], consent=True)
        yield made


def test_who_is_enrolled_opens_and_who_is_not_does_not(service):
    for portrait, opens in (("hopper", True), ("collins", False)):
        engine = LiveEngine(service, LiveOptions(frames=3))
        frames = [engine.update(image, index / 10) for index, image in enumerate(stream((portrait,), 8, VGA))]
        assert any(frame.door.open for frame in frames) == opens
        assert {face.name for frame in frames for face in frame.faces} == ({None, "Grace"} if opens else {None})
        assert len({face.track for frame in frames for face in frame.faces}) == 1
        assert min(frame.looked_at for frame in frames) < 400


def test_a_smaller_look_finds_the_same_face_at_nearly_the_same_distance(service):
    images = list(stream(("hopper",), 12, VGA))
    closely, needed = (LiveEngine(service, LiveOptions(adaptive=adaptive)) for adaptive in (False, True))
    for index, image in enumerate(images):
        (a,) = closely.update(image, index / 10).faces
        (b,) = needed.update(image, index / 10).faces
        sides = np.array(b.box.as_list()) - np.array(a.box.as_list())
        assert np.abs(sides).max() < 0.12 * a.box.height
        assert abs(a.distance - b.distance) < 0.05


def resident_kib() -> int:
    return next(
        int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS")
    )


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads this process's memory where Linux tells it")
def test_memory_is_flat_over_a_thousand_real_frames(service):
    engine = LiveEngine(service)
    images = list(stream(("hopper",), 20, VGA))
    sizes = []
    for index in range(1000):
        engine.update(images[index % len(images)], index / 10)
        if index % 100 == 99:
            gc.collect()
            sizes.append(resident_kib())
    assert sizes[-1] - sizes[2] < 32 * 1024  # 700 frames kept would be 630 MiB
