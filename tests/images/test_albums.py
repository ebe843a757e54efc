"""Albums of files, folders and zips, and what a zip can be made to do."""

import io
import os
import struct
import zipfile
import zlib

import pytest
from PIL import Image

from facestyle.errors import (
    AlbumEmptyError,
    AlbumTooLargeError,
    ArchiveDamagedError,
    ArchiveEncryptedError,
    ImageNotFoundError,
)
from facestyle.images import archives
from facestyle.images.albums import Album, Limits, display_name, is_clutter
from facestyle.settings import Settings

LIMITS = Limits(archive_bytes=50_000_000, total_bytes=5_000_000, picture_bytes=2_000_000, pictures=100)


def png(shade=90):
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), (shade, 0, 0)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def make_zip(tmp_path):
    def make(contents, name="album.zip", method=zipfile.ZIP_DEFLATED):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", method) as archive:
            for entry, data in contents.items():
                archive.writestr(entry, data)
        return path

    return make


def outcome(paths, limits=LIMITS):
    """Names read, and (name, code) of what was skipped at once or when read."""
    read, failed = [], []
    with Album(paths, limits) as album:
        for entry in album.entries:
            try:
                album.read(entry)
                read.append(entry.name)
            except Exception as error:
                failed.append((entry.name, error.code))
        return read, [(item.name, item.code) for item in album.skipped] + failed


def test_files_folders_and_zips_in_any_mixture(tmp_path, make_zip):
    folder = tmp_path / "holidays" / "day 1"
    folder.mkdir(parents=True)
    (folder / "b.png").write_bytes(png())
    (folder / "a.png").write_bytes(png())
    single = tmp_path / "single.png"
    single.write_bytes(png(3))
    archive = make_zip({"sub/deep/x.png": png(1), "y.png": png(2), "sub/": b""})
    with Album([tmp_path / "holidays", single, archive], LIMITS) as album:
        assert [entry.name for entry in album.entries] == [
            "day 1/a.png", "day 1/b.png", "single.png", "sub/deep/x.png", "y.png",
        ]  # fmt: skip
        assert album.read(album.entries[3]) == png(1)
        assert album.read(album.entries[2]) == png(3)
        assert album.skipped == []


def test_clutter_of_operating_systems_is_not_even_listed(make_zip):
    hidden = {"__MACOSX/._a.png": b"x", "a/._b.png": b"x", ".DS_Store": b"x", "a/Thumbs.db": b"x", "desktop.ini": b"x"}
    assert outcome([make_zip({**hidden, "a.png": png()})]) == (["a.png"], [])
    assert is_clutter("a\\__MACOSX\\b.png")
    assert not is_clutter("my._holiday.png")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("..\\..\\windows\\x.png", "windows/x.png"),
        ("a\x00b\n\x1b[31m.png", "a�b��[31m.png"),
        ("gpj.\u202egnp.exe", "gpj.�gnp.exe"),
        ("..", "?"),
        ("日本/写真.png", "日本/写真.png"),
    ],
)
def test_a_name_is_only_for_the_eye(name, shown):
    assert display_name(name) == shown


def test_an_overlong_name_keeps_its_end():
    assert len(display_name("x" * 500 + ".png")) == 120
    assert display_name("x" * 500 + ".png").endswith(".png")


def test_path_traversal_writes_nothing(tmp_path, make_zip):
    archive = make_zip({"../../escaped.png": png(), "/absolute.png": png()})
    before = sorted(tmp_path.parent.rglob("*"))
    assert outcome([archive]) == (["escaped.png", "absolute.png"], [])
    assert sorted(tmp_path.parent.rglob("*")) == before
    assert not os.path.exists("/absolute.png")


def test_nothing_remains_open_after_the_album(make_zip):
    with Album([make_zip({"a.png": png()})], LIMITS) as album:
        entry = album.entries[0]
        assert album.read(entry) == png()
    with pytest.raises(ArchiveDamagedError):
        album.read(entry)


def test_a_zip_bomb_is_stopped_by_its_ratio_without_unpacking(make_zip):
    bomb = make_zip({"bomb.png": bytes(30_000_000), "a.png": png()})
    assert bomb.stat().st_size < 50_000
    limits = Limits(archive_bytes=10**8, total_bytes=10**8, picture_bytes=10**8, pictures=10)
    assert outcome([bomb], limits) == (["a.png"], [("bomb.png", "image_too_large")])


def test_a_zip_bomb_is_stopped_by_the_cap_of_a_picture(make_zip):
    """Also one whose directory lies about the size: what counts is what comes out."""
    bomb = make_zip({"bomb.png": os.urandom(1000) + bytes(30_000_000)})
    data = bytearray(bomb.read_bytes())
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        struct.pack_into("<L", data, data.find(signature) + offset, 500)
    liar = bomb.with_name("liar.zip")
    liar.write_bytes(data)
    assert outcome([bomb])[1] == [("bomb.png", "image_too_large")]
    assert outcome([liar])[0] == []
    with Album([bomb], LIMITS) as album, archives.zipfile.ZipFile(bomb) as archive:
        taken = []
        original = zipfile.ZipExtFile.read
        info = archive.infolist()[0]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(zipfile.ZipExtFile, "read", lambda self, n=-1: taken.append(n) or original(self, n))
            with pytest.raises(Exception, match="2 MB"):
                archives.read_entry(archive, info, LIMITS.picture_bytes)
            assert taken == [LIMITS.picture_bytes + 1]
        assert len(album.entries) == 1


def test_many_entries_over_the_same_bytes_are_paid_for_each_time(make_zip):
    """The overlapping bomb: a few kilobytes that every one of many entries points at."""
    archive = make_zip({"a.png": os.urandom(1_500_000)}, method=zipfile.ZIP_STORED)
    data = archive.read_bytes()
    directory = data.rfind(b"PK\x01\x02")
    record, end = data[directory : data.rfind(b"PK\x05\x06")], bytearray(data[data.rfind(b"PK\x05\x06") :])
    count = 40
    struct.pack_into("<HHL", end, 8, count, count, count * len(record))
    archive.write_bytes(data[:directory] + record * count + end)
    read, skipped = outcome([archive])
    assert len(read) <= 3  # 5 MB in all
    assert len(read) + len(skipped) == count
    assert {code for _, code in skipped} <= {"album_too_large", "archive_damaged"}


def test_a_directory_of_millions_is_refused_before_it_is_parsed(make_zip, monkeypatch):
    archive = make_zip({f"{i}.png": b"" for i in range(3000)})
    monkeypatch.setattr(archives, "MAX_DIRECTORY_BYTES", 100_000)
    monkeypatch.setattr(archives.zipfile, "ZipFile", lambda *_: pytest.fail("parsed"))
    with pytest.raises(AlbumTooLargeError, match="lists far more"):
        Album([archive], LIMITS)


def test_the_zip64_record_counts_as_well(make_zip, monkeypatch):
    archive = make_zip({"a.png": png()})
    data = archive.read_bytes()
    at = data.rfind(b"PK\x05\x06")
    size, offset = struct.unpack_from("<LL", data, at + 12)
    end64 = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, size, offset)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)
    end = bytearray(data[at:])
    struct.pack_into("<HHLL", end, 8, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    archive.write_bytes(data[:at] + end64 + locator + end)
    assert outcome([archive]) == (["a.png"], [])
    huge = end64[:40] + struct.pack("<Q", 2**40) + end64[48:]
    archive.write_bytes(data[:at] + huge + locator + end)
    with pytest.raises(AlbumTooLargeError, match="lists far more"):
        Album([archive], LIMITS)


def test_a_zip_in_a_zip_is_named_and_not_opened(make_zip):
    inner = make_zip({"b.png": png()}, "inner.zip").read_bytes()
    outer = make_zip({"inner.zip": inner, "disguised.png": inner, "a.png": png()})
    read, skipped = outcome([outer])
    assert read == ["a.png"]
    assert skipped == [("disguised.png", "image_unreadable"), ("inner.zip", "image_unreadable")]


def test_an_encrypted_zip_is_refused_with_a_sentence(make_zip):
    archive = make_zip({"a.png": png()})
    data = bytearray(archive.read_bytes())
    for signature, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        data[data.find(signature) + offset] |= 1
    archive.write_bytes(data)
    with pytest.raises(ArchiveEncryptedError, match="password"):
        Album([archive], LIMITS)


def test_one_bad_zip_does_not_stop_the_rest(make_zip, tmp_path):
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK\x03\x04 and nothing else")
    assert outcome([broken, make_zip({"a.png": png()})]) == (["a.png"], [("broken.zip", "archive_damaged")])


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.95])
def test_a_truncated_zip_is_refused(make_zip, cut):
    archive = make_zip({f"{i}.png": os.urandom(2000) for i in range(5)})
    archive.write_bytes(archive.read_bytes()[: int(archive.stat().st_size * cut)])
    with pytest.raises(ArchiveDamagedError, match="damaged"):
        Album([archive], LIMITS)


def test_a_damaged_entry_does_not_stop_the_others(make_zip):
    archive = make_zip({"a.png": os.urandom(5000), "b.png": png()}, method=zipfile.ZIP_STORED)
    data = bytearray(archive.read_bytes())
    data[200] ^= 0xFF
    archive.write_bytes(data)
    assert outcome([archive]) == (["b.png"], [("a.png", "archive_damaged")])


def test_an_entry_without_a_name_is_passed_over(make_zip):
    archive = make_zip({"a.png": png(), "x": png()}, method=zipfile.ZIP_STORED)
    data = archive.read_bytes()
    at = data.rindex(b"PK\x01\x02")  # the second in the directory: 46 bytes and the name, which becomes a comment
    header = bytearray(data[at : at + 46])
    header[28:30], header[32:34] = b"\0\0", b"\1\0"
    archive.write_bytes(data[:at] + header + data[at + 46 :])
    assert outcome([archive]) == (["a.png"], [])


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_unpack_without_bound_are_not_opened(make_zip, method):
    assert outcome([make_zip({"a.png": png()}, method=method)]) == ([], [("a.png", "archive_damaged")])


def test_an_archive_above_its_cap_is_refused(make_zip):
    limits = Limits(archive_bytes=1000, total_bytes=10**9, picture_bytes=10**9, pictures=10)
    with pytest.raises(AlbumTooLargeError, match="Divide"):
        Album([make_zip({"a.png": os.urandom(5000)})], limits)


def test_what_comes_after_the_most_pictures_is_one_line(make_zip):
    limits = Limits(archive_bytes=10**9, total_bytes=10**9, picture_bytes=10**6, pictures=3)
    read, skipped = outcome([make_zip({f"{i}.png": png() for i in range(10)})], limits)
    assert read == ["0.png", "1.png", "2.png"]
    assert skipped == [("…", "album_too_large")]
    with Album([make_zip({f"{i}.png": png() for i in range(10)})], limits) as album:
        assert "7 more were left out" in album.skipped[0].reason


def test_a_picture_with_a_zip_behind_it_is_a_picture(tmp_path, make_zip):
    both = tmp_path / "polyglot.png"
    both.write_bytes(png() + make_zip({"inside.png": png(1)}).read_bytes())
    assert outcome([both]) == (["polyglot.png"], [])


def test_a_large_file_is_read_no_further_than_its_cap(tmp_path):
    large = tmp_path / "large.png"
    large.write_bytes(bytes(3_000_000))
    with Album([large], LIMITS) as album:
        assert len(album.read(album.entries[0])) == LIMITS.picture_bytes + 1


def test_nothing_and_nowhere(tmp_path, make_zip):
    (tmp_path / "folder").mkdir()
    for paths in ([], [tmp_path / "folder"], [make_zip({})], [make_zip({"__MACOSX/x": b""})]):
        with pytest.raises(AlbumEmptyError):
            Album(paths, LIMITS)
    with pytest.raises(ImageNotFoundError, match=r"gone\.png"):
        Album([tmp_path / "gone.png"], LIMITS)


def test_a_pipe_does_not_wait_for_ever(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    os.mkfifo(folder / "pipe.png")
    (folder / "a.png").write_bytes(png())
    assert outcome([folder]) == (["a.png"], [("pipe.png", "image_not_found")])


def test_strangers_get_less():
    own, public = (Limits.of(Settings(public=public)) for public in (False, True))
    assert public.archive_bytes < own.archive_bytes
    assert public.total_bytes < own.total_bytes
    assert public.pictures < own.pictures == 10_000
    small = Limits.of(Settings(public=True, max_album_pictures=5, max_archive_bytes=2048))
    assert (small.pictures, small.archive_bytes) == (5, 2048)


def test_deflate_is_what_the_ratio_was_chosen_for():
    assert len(bytes(10_000_000)) / len(zlib.compress(bytes(10_000_000), 9)) > archives.MAX_RATIO
