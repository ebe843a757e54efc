"""What a slice saves: `weights pull vgg19` from a loopback Hub, by ranges and as a whole file.

The file that is served has the names, shapes and size of the real one (575 MB) and synthetic values, made as they are
asked for; the catalogue is the real one with that file's SHA-256 instead of the pinned one. Bytes are counted by the
server, seconds include the start of Python.

    python benchmarks/hub_slice.py [--rate MEGABYTES_PER_SECOND]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from facestyle import weights
from facestyle.settings import Settings
from tests.hub.server import CHUNK, Hub, Repo

MODEL = "vgg19"
BLOCK = 1 << 20

_CHANNELS = (64, 64, 128, 128, *[256] * 4, *[512] * 8)
_POSITIONS = (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34)
_DENSE = {"pre_logits.fc1": (4096, 512, 7, 7), "pre_logits.fc2": (4096, 4096, 1, 1), "head.fc": (1000, 4096)}


def vgg19_shapes() -> dict[str, tuple[int, ...]]:
    """Names and shapes as in timm's VGG-19."""
    shapes: dict[str, tuple[int, ...]] = {}
    convolutions = {
        f"features.{position}": (channels, before, 3, 3)
        for position, channels, before in zip(_POSITIONS, _CHANNELS, (3, *_CHANNELS), strict=False)
    }
    for name, shape in (convolutions | _DENSE).items():
        shapes |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
    return dict(sorted(shapes.items()))  # the order of the safetensors library


class Synthetic:
    """A safetensors file of float32 values that repeat after 1 MiB."""

    def __init__(self) -> None:
        entries, position = {}, 0
        for name, shape in vgg19_shapes().items():
            size = 4
            for extent in shape:
                size *= extent
            entries[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [position, position + size]}
            position += size
        text = json.dumps(entries).encode()
        text += b" " * (-len(text) % 8)
        self._header = struct.pack("<Q", len(text)) + text
        self._block = struct.pack("<f", 0.5) * (BLOCK // 4)
        self.size = len(self._header) + position
        digest = hashlib.sha256()
        for start in range(0, self.size, BLOCK):
            digest.update(self.read(start, min(start + BLOCK, self.size)))
        self.etag = digest.hexdigest()

    def read(self, start: int, end: int) -> bytes:
        """The bytes [start, end)."""
        head = self._header[start:end]
        offset = max(start - len(self._header), 0) % BLOCK
        rest = end - start - len(head)
        repeats = -(-(offset + rest) // BLOCK)
        return head + (self._block * repeats)[offset : offset + rest]


def pull(hub: Hub, catalogue: str, *, ranges: bool) -> tuple[int, float]:
    """Bytes and seconds of one download into empty caches."""
    hub.faults.ignore_range = not ranges
    hub.requests.clear()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "catalog.toml").write_text(catalogue, "utf-8")
        environment = {
            "HF_ENDPOINT": hub.url,
            "HF_HOME": f"{folder}/hub",
            "FACESTYLE_CACHE_DIR": f"{folder}/own",
            "FACESTYLE_WEIGHTS_DIR": folder,
        }
        begin = time.perf_counter()
        command = [sys.executable, "-m", "facestyle", "weights", "pull", MODEL]
        subprocess.run(command, check=True, env=os.environ | environment | {"HF_HUB_OFFLINE": "0"})
        return hub.sent, time.perf_counter() - begin


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, help="megabytes per second that the server sends at most")
    rate = parser.parse_args().rate
    source = weights.entry(MODEL).hub
    assert source is not None
    file = Synthetic()
    catalogue = (Settings().weights_dir / "catalog.toml").read_text("utf-8")
    if (pinned := source.files[0].sha256) is not None:
        catalogue = catalogue.replace(pinned, file.etag)
    with Hub(repos={source.repo: Repo(source.revision, {source.files[0].name: file})}) as hub:
        hub.faults.chunk_delay_s = CHUNK / (rate * 1e6) if rate else 0
        rows = [("ranges", *pull(hub, catalogue, ranges=True)), ("whole file", *pull(hub, catalogue, ranges=False))]
    print(f"\nServer: {f'at most {rate:g} MB/s' if rate else 'as fast as it can'}")
    print(f"\n| {MODEL} | bytes sent | of the file | seconds |\n|---|---|---|---|")
    for name, sent, seconds in rows:
        print(f"| {name} | {sent:,} | {100 * sent / file.size:.1f} % of {file.size:,} | {seconds:.1f} |")


if __name__ == "__main__":
    main()
