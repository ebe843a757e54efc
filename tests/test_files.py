"""One atomic write, and what killed processes leave: real files, real locks, a process that is really killed."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from facestyle import files
from facestyle.errors import StorageError
from tests.conftest import ROOT

WORK = """
import sys, pathlib
from facestyle import files
folder, handle = files.own_folder()
(folder / "upload.jpg").write_bytes(b"a face")
with files.replacing("result") as file:
    beside = pathlib.Path(f"{file.name}-journal")
    beside.touch()
    print(folder, pathlib.Path(file.name).absolute(), beside.absolute(), flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder that is also the one for temporary files, of others and ours."""
    monkeypatch.setattr(files.tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_what_a_living_process_has_stays_and_what_a_killed_one_left_goes(here):
    process = subprocess.Popen(
        [sys.executable, "-c", WORK],
        cwd=here,
        env=os.environ | {"TMPDIR": str(here), "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        theirs = [Path(word) for word in process.stdout.readline().split()]
        assert len(theirs) == 3
        mine, handle = files.own_folder()
        files.sweep(here)
        assert all(path.exists() for path in (*theirs, mine))
    finally:
        process.kill()
        process.communicate()
    with files.replacing(here / "next") as file:
        file.write(b"whole")
    assert not any(path.exists() for path in theirs[1:])
    os.close(files.own_folder()[1])
    assert not theirs[0].exists()
    assert mine.is_dir()
    os.close(handle)
    assert (here / "next").read_bytes() == b"whole"


def test_only_what_bears_a_name_of_ours_is_removed(here):
    """Unlocked, all of them; the last two would be ours if they were not links."""
    target = here / "somebody's"
    target.mkdir()
    for name in (".facestyle-0.tmp", "x.facestyle-0123456789abcdef.tmp", ".facestyle-0123456789abcdef.tmp.jpg"):
        (here / name).write_text("somebody's")
    for name in ("facestyle-notes", "facestyle-app-notes", "my-facestyle-app-abcdefgh"):
        (here / name).mkdir()
    (here / ".facestyle-0123456789abcdef.tmp").symlink_to(here / ".facestyle-0.tmp")
    (here / "facestyle-app-abcdefgh").symlink_to(target)
    before = set(here.iterdir())
    files.sweep(here)
    folder, handle = files.own_folder()
    os.close(handle)
    assert set(here.iterdir()) == before | {folder}


def test_whole_or_not_at_all(here):
    path = here / "result"
    path.write_bytes(b"yesterday's")

    def fail():
        with files.replacing(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_bytes() == b"yesterday's"
    with pytest.raises(FileExistsError), files.replacing(path, new=True) as file:
        file.write(b"another")
    assert path.read_bytes() == b"yesterday's"
    with files.replacing(path) as file:
        file.write(b"today's")
    assert path.read_bytes() == b"today's"
    assert list(here.iterdir()) == [path]


def test_others_may_read_what_is_not_private(here):
    old = os.umask(0o022)
    try:
        for private, mode in ((True, 0o600), (False, 0o644)):
            with files.replacing(here / "result", private=private):
                pass
            assert (here / "result").stat().st_mode & 0o777 == mode
    finally:
        os.umask(old)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EDQUOT])
def test_a_disk_that_takes_nothing_is_named(code):
    assert os.strerror(code) in files.named(OSError(code, "")).message
    assert isinstance(files.named(OSError(code, "")), StorageError)


@pytest.mark.parametrize("error", [FileNotFoundError(errno.ENOENT, ""), ValueError(), OSError("no code")])
def test_other_errors_are_not(error):
    assert files.named(error) is None
