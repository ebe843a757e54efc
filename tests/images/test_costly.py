"""Small files that ask for much are refused before a decoder sees them; what honest writers write is not."""

import io
from contextlib import nullcontext, suppress

import numpy as np
import pytest
from PIL import Image

from benchmarks import costly as files
from facestyle.errors import FacestyleError, ImageTooLargeError
from facestyle.images import containers, costly, decode
from facestyle.settings import Settings
from tests.images.files import upright_picture, write


@pytest.mark.parametrize("name", files.REFUSED)
def test_a_hostile_file_is_refused_by_name_and_never_decoded(name, monkeypatch):
    data = files.REFUSED[name]()
    assert len(data) <= Settings().max_image_bytes  # it is not refused for its length
    monkeypatch.setattr(containers, "load", lambda *_: pytest.fail("decoded"))
    with pytest.raises(FacestyleError) as refusal:
        decode(data)
    assert refusal.value.code in {"image_too_large", "image_unreadable"}
    assert refusal.value.message.endswith("again.")


@pytest.mark.parametrize("name", [name for name in files.BOUNDED if "49 mega" not in name])
def test_what_is_near_the_bounds_is_decoded_or_refused_by_name(name):
    data = files.BOUNDED[name]()
    with suppress(FacestyleError) if name == "HEIC in pieces" else nullcontext():
        assert decode(data).size


def test_scans_are_counted_as_the_decoder_meets_them():
    data = files.rescanned(costly.MOST_SCANS, side=64)
    assert decode(data).shape == (64, 64, 3)
    with pytest.raises(ImageTooLargeError):
        decode(files.rescanned(costly.MOST_SCANS + 1, side=64))
    # what lies in metadata or behind the end is no scan, and an end before the first scan is none
    inside = files.segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + b"\xff\xda\0\2" * 5000)
    assert decode(data[:2] + inside + data[2:] + b"\xff\xda\0\2" * 5000).shape == (64, 64, 3)
    with pytest.raises(FacestyleError, match="far more parts"):
        decode(data[:2] + b"\xff\xd9" + files.rescanned(100, side=64)[2:])


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_what_encoders_write_has_few_parts(progressive, mode):
    picture = Image.fromarray(upright_picture()).convert(mode)
    file = io.BytesIO()
    profile = bytes(np.random.default_rng(0).integers(0, 256, 300_000, np.uint8))
    exif = Image.Exif()
    exif[0x010F] = "x" * 20_000
    picture.save(file, "JPEG", progressive=progressive, icc_profile=profile, exif=exif, comment=b"\xff\xda" * 100)
    assert decode(file.getvalue()).shape == (48, 64, 3)


@pytest.mark.parametrize("compression", [None, "jpeg", "tiff_lzw", "tiff_adobe_deflate"])
def test_ordinary_tiffs_are_read(compression):
    data = write(np.tile(upright_picture(), (40, 40, 1)), "TIFF", compression=compression)
    assert decode(data).shape == (48 * 40, 64 * 40, 3)


@pytest.mark.parametrize(("width", "height"), [(1, 65_536), (65_536, 1)])
def test_a_side_has_a_bound_as_the_area_has(width, height):
    for picture in (np.zeros((height, width), np.uint8), Image.new("L", (width, height)), files.png((width, height))):
        with pytest.raises(ImageTooLargeError, match="a side may have 65,535"):
            decode(picture)
    assert decode(np.zeros((height, width), np.uint8)[:65_535, :65_535]).size


def test_a_directory_may_be_as_large_as_what_it_says():
    exif = Image.Exif()
    for tag in (0x010E, 0x010F, 0x0110, 0x0131, 0x013B):  # texts
        exif[tag] = "x" * 50_000
    assert not costly.overlapping(exif.tobytes())
    assert costly.overlapping(files.shared_directory(100, 5000))
    assert costly.overlapping(b"Exif\0\0" + files.shared_directory(100, 5000))
    for damaged in (
        b"",
        b"II",
        b"II*\0\x08",
        b"MM\0*\0\0\xff\xff",
        b"II+\0\x08\0\0\0" + b"\xff" * 8,
        exif.tobytes()[:99],
    ):
        assert not costly.overlapping(damaged)


def test_a_file_is_read_only_so_often():
    file = costly.Metered(b"x" * 1000)
    assert file.read() == b"x" * 1000

    def again_and_again():
        for _ in range(costly.MOST_READS):
            file.seek(0)
            file.read()

    with pytest.raises(FacestyleError, match="over and over"):
        again_and_again()
