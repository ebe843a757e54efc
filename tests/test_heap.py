"""What was freed goes back to the machine."""

import subprocess
import sys
from pathlib import Path

from facestyle import heap

PROGRAM = """
import threading
from pathlib import Path
from facestyle import heap

heap.share()
kept = []

def work():
    blocks = [bytearray(100_000) for _ in range(300)]  # below what malloc maps on its own
    kept.append(blocks[-1])  # keeps the heap's end in its place

for _ in range(8):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
heap.give_back()
maps = Path("/proc/self/maps").read_text().splitlines()
print(sum("-" in line and int(line.split("-")[0], 16) % 2**26 == 0 and " 00000000 00:00 0" in line for line in maps))
print(int(Path("/proc/self/status").read_text().partition("VmRSS:")[2].split()[0]) // 1024)
"""


def glibc():
    try:
        import ctypes

        return hasattr(ctypes.CDLL(None), "malloc_trim")
    except (OSError, TypeError):
        return False


def test_all_threads_share_a_heap_whose_free_pages_go_back():
    answer = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=True
    )
    arenas, megabytes = map(int, answer.stdout.split())
    if glibc():
        assert arenas == 0
        assert megabytes < 30  # of 240 that were there at some time


def test_where_the_c_library_is_another_nothing_happens(monkeypatch):
    for library in (lambda _: object(), lambda _: (_ for _ in ()).throw(OSError)):
        monkeypatch.setattr(heap.ctypes, "CDLL", library)
        heap.share()
        heap.give_back()
