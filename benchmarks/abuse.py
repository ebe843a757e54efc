"""Bad files of every kind the package reads, made from good ones, and what the package says to each.

Every good file is damaged by a seeded hand: bits flipped, bytes cut out, put in, swapped or cut off, and, where the
format is known, single fields set to what no writer writes. A child process then reads it as the app and the commands
do. A result is fine, and so is a refusal by name (`FacestyleError`); any other exception, a process that dies and one
that takes longer than `--seconds` are faults, and make the exit status 1.

    python benchmarks/abuse.py [--files 5000] [--seed 1] [--only clip recipe] [--keep FOLDER]

Prints a Markdown table by kind of file, and the faults.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import multiprocessing
import os
import random
import re
import shutil
import struct
import sys
import tempfile
import threading
import warnings
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from PIL.PngImagePlugin import PngImageFile

ROOT = Path(__file__).resolve().parent.parent
PASSPHRASE = "correct horse battery"  # noqa: S105

# --- damage to bytes ------------------------------------------------------------------------------------------------

EXTREMES = (0, 1, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)

Damage = Callable[[random.Random, bytes], bytes]


def _span(rng: random.Random, data: bytes) -> tuple[int, int]:
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + int(2 ** rng.uniform(0, 12)))


def flip(rng: random.Random, data: bytes) -> bytes:
    """Some bits, of which many lie in the head of the file."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 3, 30))):
        changed[rng.randrange(min(len(data), rng.choice((64, 1024, len(data)))))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def cut(rng: random.Random, data: bytes) -> bytes:
    """A piece less."""
    start, end = _span(rng, data)
    return data[:start] + data[end:]


def insert(rng: random.Random, data: bytes) -> bytes:
    """A piece more: noise, or the file's own once more."""
    start, end = _span(rng, data)
    piece = rng.randbytes(end - start) if rng.random() < 0.5 else data[start:end]
    return data[:start] + piece + data[start:]


def swap(rng: random.Random, data: bytes) -> bytes:
    """Two pieces in each other's place."""
    (a, b), (c, d) = sorted((_span(rng, data), _span(rng, data)))
    return data if b > c else data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def truncate(rng: random.Random, data: bytes) -> bytes:
    """The beginning alone."""
    return data[: rng.choice((rng.randrange(min(64, len(data))), rng.randrange(len(data))))]


def extreme(rng: random.Random, data: bytes) -> bytes:
    """A number of four bytes, in either order, that is the least, the largest or beside it."""
    start = rng.randrange(min(len(data), rng.choice((64, 1024, len(data)))))
    piece = struct.pack(rng.choice("<>") + "I", rng.choice(EXTREMES))
    return data[:start] + piece + data[start + 4 :]


BYTES: tuple[Damage, ...] = (flip, cut, insert, swap, truncate, extreme)

# --- damage to fields -----------------------------------------------------------------------------------------------

TOKENS = (
    "1" + "0" * 400, "9" * 5000, "-1", "0", "1e400", "-1e-400", "NaN", "Infinity", "-Infinity", "0.5", "true", "null",
    '""', '"x"', '"' + "y" * 200_000 + '"', r'"\ud800"', r'"\u0000"', '"é=+"', "[]", "{}", "[" * 3000 + "]" * 3000,
    '{"a":' * 100_000 + "1" + "}" * 100_000, '"0001-01-01T00:00:00+23:59"', '"9999-12-31T23:59:59.999999-23:59"',
    '"-271821-04-20T00:00:00Z"', '"../../etc/passwd"', '"/etc/passwd"', "253402300799", "-62135596800",
)  # fmt: skip
"""What a field of JSON may hold, at worst."""

CELLS = (
    "", " ", "9" * 5000, "1" + "0" * 400, "-1", "nan", "inf", "1e999", "²", "٣", "x" * 200_000, "y" * 5000, "\0", '"',
    '"""', "\r", "../../etc/passwd", "/etc/passwd", "/dev/zero", "\ufeff", "=1+1", "{}", "[" * 3000, "-inf", "0x1F",
)  # fmt: skip
"""Likewise of a table."""

NAMES = (
    "/etc/passwd",
    "../../evil.png",
    "C:\\evil.png",
    "a" * 60_000,
    "",
    ".",
    "nul\0.png",
    "\ud800.png",
    "\u202egnp.exe",
)


def edit_json(rng: random.Random, data: bytes) -> bytes:
    """One field set to one of `TOKENS`, left out, or the whole put somewhere else."""
    found = json.loads(data)
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:  # noqa: ANN401
        items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for key, value in items:
            places.append((node, key))
            walk(value)

    walk(found)
    node, key = rng.choice(places)
    if rng.random() < 0.1:
        del node[key]
        return json.dumps(found).encode()
    node[key] = "@@"
    if isinstance(node, dict) and rng.random() < 0.1:
        node["@@@" + "x" * rng.choice((1, 100_000))] = node.pop(key)
    return json.dumps(found).replace('"@@"', rng.choice(TOKENS), 1).encode()


def edit_table(rng: random.Random, data: bytes) -> bytes:
    """One cell set to one of `CELLS`."""
    cells = re.split(r"([,\t\n= ]+)", data.decode())
    cells[rng.randrange(0, len(cells), 2)] = rng.choice(CELLS)
    return "".join(cells).encode()


def png_chunk(name: bytes, body: bytes) -> bytes:
    """With its check sum (ISO/IEC 15948, 5.3)."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def edit_png(rng: random.Random, data: bytes) -> bytes:
    """One chunk damaged, its check sum made right again."""
    chunks, at = [], 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4])
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    which = rng.randrange(len(chunks))
    name, body = chunks[which]
    chunks[which] = (name, rng.choice(BYTES)(rng, body or b"\0"))
    if rng.random() < 0.2:
        rng.shuffle(chunks)
    return data[:8] + b"".join(png_chunk(name, body) for name, body in chunks)


def edit_box(rng: random.Random, data: bytes) -> bytes:
    """A number of one of the boxes that say how an MP4 is to be read (ISO/IEC 14496-12)."""
    names = (b"mvhd", b"tkhd", b"mdhd", b"hdlr", b"stsd", b"stts", b"ctts", b"stsc", b"stsz", b"stco", b"elst", b"avcC")
    found = [at for name in (*names, b"esds") if (at := data.find(name)) >= 0]
    if not found:
        return extreme(rng, data)
    start = rng.choice(found) + 4 * rng.randrange(-1, 12)
    return data[:start] + struct.pack(">I", rng.choice(EXTREMES)) + data[start + 4 :]


def edit_safetensors(rng: random.Random, data: bytes) -> bytes:
    """A field of the header, whose length is made right again."""
    length = int.from_bytes(data[:8], "little")
    head = edit_json(rng, data[8 : 8 + length])
    return struct.pack("<Q", len(head)) + head + data[8 + length :]


def edit_recipe(rng: random.Random, data: bytes) -> bytes:
    """The settings within a PNG."""
    from facestyle import images
    from facestyle.style.recipe import KEYWORD

    good = PngImageFile(io.BytesIO(data)).info[KEYWORD].encode()
    text = rng.choice((edit_json, edit_json, *BYTES))(rng, good).decode("latin-1")
    return images.encode(np.zeros((4, 4, 3), np.uint8), text={KEYWORD: text})


def _members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {item.filename: archive.read(item) for item in archive.infolist()}


def _packed(members: Sequence[tuple[str, bytes]], method: int) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            info = zipfile.ZipInfo("x" * len(name.encode("utf-8", "replace")))
            info.filename, info.compress_type = name.encode("utf-8", "replace").decode(), method
            archive.writestr(info, content)
    return buffer.getvalue()


METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


def edit_album(rng: random.Random, data: bytes) -> bytes:
    """Names that lead elsewhere, damaged members, a bomb, a zip in the zip, very many members; then packed anew."""
    members = list(_members(data).items())
    which, act = rng.randrange(len(members)), rng.randrange(6)
    name, content = members[which]
    if act == 0:
        members[which] = (rng.choice(NAMES), content)
    elif act == 1:
        members[which] = (name, rng.choice(BYTES)(rng, content))
    elif act == 2:
        members[which] = (name, b"\0" * 30_000_000)
    elif act == 3:
        members[which] = (name, data)
    elif act == 4:
        members += [(f"{number}.png", b"") for number in range(rng.choice((1500, 12_000)))]
    else:
        members.append(members[which])
    return _packed(members, rng.choice(METHODS))


def edit_gallery(rng: random.Random, data: bytes) -> bytes:
    """As an album; or a field of the lists within, with the manifest's check sums made right again."""
    if rng.random() < 0.3:
        return edit_album(rng, data)
    members = _members(data)
    name = rng.choice(list(members))
    edit = edit_json if name.endswith(".json") and rng.random() < 0.8 else rng.choice(BYTES)
    if name.endswith(".safetensors") and rng.random() < 0.5:
        edit = edit_safetensors
    members[name] = edit(rng, members[name])
    if name != "manifest.json":
        manifest = json.loads(members["manifest.json"])
        if rng.random() < 0.1:
            new = rng.choice(NAMES[:4])
            members[new] = members.pop(name)
            manifest["sha256"][new] = manifest["sha256"].pop(name)
            name = new
        manifest["sha256"][name] = hashlib.sha256(members[name]).hexdigest()
        members["manifest.json"] = json.dumps(manifest).encode()
    return _packed(list(members.items()), zipfile.ZIP_STORED)


def edit_pickle(rng: random.Random, data: bytes) -> bytes:
    """The part of a checkpoint that is a program for the unpickler."""
    members = _members(data)
    name = next(name for name in members if name.endswith("data.pkl"))
    members[name] = rng.choice(BYTES)(rng, members[name])
    return _packed(list(members.items()), zipfile.ZIP_STORED)


# --- good files -----------------------------------------------------------------------------------------------------

Files = Sequence[tuple[str, bytes]]
"""Suffixes and contents."""


def pictures(_: Path) -> Files:
    """In every format; small, as most of a large one is pixels, which cannot be wrong."""
    from tests.images.files import every_format, upright_picture

    return [(f".{kind.lower()}", data) for kind, data in every_format(upright_picture()).items()]


def pngs(folder: Path) -> Files:
    """Those alone."""
    return [file for file in pictures(folder) if file[0] == ".png"]


def clips(folder: Path) -> Files:
    """In several containers and codecs, with sound and without."""
    from tests.style.video.clips import write_clip

    made: list[tuple[str, str, str | None]] = [
        ("mp4", "libx264", "aac"), ("mov", "mpeg4", "aac"), ("mkv", "libx264", "flac"), ("webm", "libvpx", "libopus"),
        ("avi", "mpeg4", "mp3"), ("ts", "mpeg2video", "mp2"),
    ]  # fmt: skip
    found = []
    for suffix, video, sound in made:
        path = folder / f"good.{suffix}"
        write_clip(path, 3, rate=25, size=(64, 80), video=video, sound=None if sound == "libopus" else sound)
        found.append((f".{suffix}", path.read_bytes()))
    return found


def mp4s(folder: Path) -> Files:
    """Those alone."""
    return clips(folder)[:2]


def _filled(gallery: Any) -> Any:  # noqa: ANN401
    from facestyle.faces.gallery import EmbeddingSet, Record
    from facestyle.faces.results import Consent

    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((3, 8)).astype(np.float32)
    sets = (EmbeddingSet("resnet", "mtcnn-1", vectors), EmbeddingSet("facenet", "mtcnn-1", vectors[:1, :4]))
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    consent = Consent("I agree.", "1", now)
    gallery.upsert([Record("Ada", sets, b"\xff\xd8jpeg", consent, now), Record("山田", sets[:1], created=now)])
    return gallery


def galleries(_: Path) -> Files:
    """An exported one."""
    from facestyle.faces.gallery import MemoryGallery
    from facestyle.faces.gallery.archive import export_gallery

    with _filled(MemoryGallery()) as gallery:
        return [(".zip", export_gallery(gallery))]


def sealed(_: Path) -> Files:
    """An encrypted one."""
    from facestyle.faces.gallery import sealing

    return [(".facestyle", sealing.seal(galleries(_)[0][1], PASSPHRASE))]


def databases(folder: Path) -> Files:
    """A gallery's own file."""
    from facestyle.faces.gallery import SqliteGallery

    path = folder / "good.sqlite"
    with _filled(SqliteGallery(path)):
        pass
    return [(".sqlite", path.read_bytes())]


def albums(folder: Path) -> Files:
    """A zip of pictures."""
    members = [(f"folder/{number}{suffix}", data) for number, (suffix, data) in enumerate(pictures(folder)[:4])]
    return [(".zip", _packed(members, method)) for method in METHODS[:2]]


def recipes(_: Path) -> Files:
    """Settings in a PNG."""
    from facestyle import images
    from facestyle.style.recipe import KEYWORD, recipe_of
    from facestyle.style.results import StyleRequest

    picture = np.zeros((64, 64, 3), np.uint8)
    recipe = recipe_of(StyleRequest(content=picture, style=picture, layer_weights={"relu1_1": 0.25}), steps=33)
    return [(".png", images.encode(picture, text={KEYWORD: recipe.as_text()}))]


def requests(_: Path) -> Files:
    """The numbers of each part of the app, by its name."""
    numbers = {
        "style": {"alpha": 1, "beta": 1, "size": 64, "steps": 1, "seed": 0, "smoothness": 0, "emphasis_weight": 1},
        "weights": {"alpha": 1, "beta": 1},
        "fast": {"size": 64, "strength": 1},
        "train": {"margin": 0.2, "epochs": 1, "seed": 0, "rate": 0.1, "people": 2, "pictures": 2},
        "door": {"frames": 5, "seconds": 3.0, "hold": 5.0},
    }
    return [(".json", json.dumps({name: values}).encode()) for name, values in numbers.items()]


def edit_request(rng: random.Random, data: bytes) -> bytes:
    """A number that is none, or beyond all bounds."""
    ((name, values),) = json.loads(data).items()
    values[rng.choice(list(values))] = "@@"
    token = rng.choice(("1" + "0" * rng.choice((30, 400, 4000)), "-1", "NaN", "Infinity", "-Infinity", "1e308", "0"))
    return json.dumps({name: values}).replace('"@@"', token).encode()


def calibrations(_: Path) -> Files:
    """That of the embedded network, with few of its distances."""
    found = json.loads((ROOT / "weights" / "calibration" / "dlib_resnet.json").read_text("utf-8"))
    for kind in ("same", "different"):
        found["distances"][kind] = found["distances"][kind][:5]
        found["pairs"][kind] = len(found["distances"][kind])
    return [(".json", json.dumps(found).encode())]


def lists(folder: Path) -> Files:
    """Of each layout that `evaluate` reads; it looks whether the pictures are there, not into them."""
    for name in ("a.png", "b.png", "c.png", *(f"{who}/{who}_000{n}.jpg" for who in ("Ada", "Bob") for n in (1, 2, 3))):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    return [
        (".pairs.txt", b"2\t1\nAda\t1\t2\nAda\t1\tBob\t1\nAda\t2\t3\nAda\t3\tBob\t2\n"),
        (".pairs.csv", b"file_x,file_y,same,fold\na.png,b.png,1,0\na.png,c.png,0,1\n"),
        (".labelled.csv", b"path,name\na.png,Ada\nb.png,Bob\n"),
        (".boxes.csv", b"file,x,y,w,h,invalid\na.png,1,2,30,40,0\nb.png,5,6,20,20,1\n"),
        (".people.csv", b"file,person\na.png,Ada\nb.png,Bob\n"),
    ]


def encoders(folder: Path) -> Files:
    """A network trained here for a moment."""
    from facestyle.learning.results import TrainRequest
    from facestyle.learning.store import save_encoder
    from facestyle.learning.train import Training
    from tests.learning.people import patterns

    path = folder / "good.safetensors"
    save_encoder(Training(patterns(), TrainRequest(epochs=1, people=4, pictures=3)), path)
    return [(".safetensors", path.read_bytes())]


def tensor_files(_: Path) -> Files:
    """Weights as they come from a Hub."""
    from safetensors.numpy import save

    arrays = {"a": np.ones((3, 4), np.float32), "b": np.ones(5, np.float16), "n": np.zeros((), np.int64)}
    return [(".safetensors", save(arrays, {"format": "pt"}))]


def graphs(_: Path) -> Files:
    """An ONNX file."""
    from onnx import TensorProto, helper, numpy_helper

    nodes = [helper.make_node("Mul", ["x", "w"], ["y"])]
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [4]) for name in "xy"]
    weights = [numpy_helper.from_array(np.ones(4, np.float32), "w")]
    return [
        (".onnx", helper.make_model(helper.make_graph(nodes, "g", values[:1], values[1:], weights)).SerializeToString())
    ]


def checkpoints(_: Path) -> Files:
    """A pickled state dict."""
    import torch

    from facestyle.models.minifasnet import MiniFASNetV2

    buffer = io.BytesIO()
    torch.save({f"module.{name}": value for name, value in MiniFASNetV2().state_dict().items()}, buffer)
    return [(".pth", buffer.getvalue())]


def catalogues(_: Path) -> Files:
    """The catalogue of models."""
    return [(".toml", (ROOT / "weights" / "catalog.toml").read_bytes())]


def accounts(folder: Path) -> Files:
    """Who may sign in."""
    from facestyle.accounts import Accounts

    path = folder / "good-accounts.json"
    Accounts(path).put("ada", PASSPHRASE, admin=True)
    return [(".json", path.read_bytes())]


# --- the package's doors --------------------------------------------------------------------------------------------


def read_picture(path: Path) -> None:
    from facestyle import images

    images.decode(path)


def read_clip(path: Path) -> None:
    from facestyle.style.fast import fast_styles
    from facestyle.style.video.service import stylize_video

    steps = stylize_video(path, path.with_name("out.mp4"), style=fast_styles()[0].id, size=64, consistent=False)
    for number, _ in enumerate(steps):
        if number > 20:
            steps.close()


def _look(gallery: Any) -> None:  # noqa: ANN401
    for person in gallery.list():
        gallery.get(person.id)
    list(gallery.records())
    probes = np.ones((1, 8), np.float32)
    gallery.search(probes, model="resnet", preprocessing="mtcnn-1", metric="cosine", top_k=3)


def read_gallery(path: Path) -> None:
    from facestyle.faces.gallery import MemoryGallery
    from facestyle.faces.gallery.archive import export_gallery, import_gallery

    passphrase = PASSPHRASE if path.suffix == ".facestyle" else None
    with MemoryGallery() as gallery:
        import_gallery(gallery, path, passphrase=passphrase)
        _look(gallery)
        export_gallery(gallery)


def read_database(path: Path) -> None:
    from facestyle.faces.gallery import SqliteGallery

    with SqliteGallery(path) as gallery:
        _look(gallery)


def read_album(path: Path) -> None:
    from facestyle import images
    from facestyle.errors import FacestyleError
    from facestyle.images.albums import Album, Limits
    from facestyle.settings import Settings

    refusal = None
    with Album([path], Limits.of(Settings(public=True))) as album:
        for entry in album.entries:
            try:
                images.decode(album.read(entry))
            except FacestyleError as error:
                refusal = error
    if refusal is not None:
        raise refusal


def read_recipe(path: Path) -> None:
    from facestyle.style.recipe import read_recipe as read

    read(path.read_bytes())


def read_request(path: Path) -> None:
    from facestyle.faces.live.door import Door
    from facestyle.learning.results import TrainRequest
    from facestyle.settings import Settings
    from facestyle.style.checks import check_request
    from facestyle.style.control import RunControl, RunWeights
    from facestyle.style.fast import fast_styles, stylize_fast
    from facestyle.style.results import StyleRequest

    ((name, values),) = json.loads(path.read_text("utf-8")).items()
    picture = np.zeros((64, 64, 3), np.uint8)
    if name == "style":
        check_request(StyleRequest(content=picture, style=picture, **values), Settings())
    elif name == "weights":
        RunControl().reweigh(RunWeights(**values, layer_weights={}))
    elif name == "fast":
        stylize_fast(picture, style=fast_styles()[0].id, **values)
    elif name == "train":
        TrainRequest(**values).checked()
    else:
        Door(**values)


def read_calibration(path: Path) -> None:
    from facestyle.faces.calibration.store import read

    read(path)


def read_list(path: Path) -> None:
    from facestyle.evaluation.clustering import read_labels
    from facestyle.evaluation.detection import read_boxes
    from facestyle.evaluation.labelled import read_labelled
    from facestyle.evaluation.pairs import read_pairs

    if ".pairs" in path.suffixes:
        read_pairs(path)
    elif ".boxes" in path.suffixes:
        read_boxes(path)
    elif ".labelled" in path.suffixes:
        read_labelled(path)
    else:
        read_labels(path.parent, path)


def read_encoder(path: Path) -> None:
    from facestyle.learning.store import load_encoder

    load_encoder(path)


def read_tensors(path: Path) -> None:
    from facestyle.weights.loading import parse_tensors, tensor_shapes

    parse_tensors(path, path.read_bytes())
    if path.suffix == ".safetensors":
        tensor_shapes(path)


def read_checkpoint(path: Path) -> None:
    from facestyle.models.minifasnet import load_checkpoint

    load_checkpoint(path)


def read_catalogue(path: Path) -> None:
    from facestyle.settings import Settings
    from facestyle.weights.schema import catalogue

    folder = path.with_suffix("")
    folder.mkdir()
    shutil.copy(path, folder / "catalog.toml")
    catalogue(Settings(weights_dir=folder))


def read_accounts(path: Path) -> None:
    from facestyle.accounts import Accounts

    Accounts(path).check("ada", PASSPHRASE)


# --- all together ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    Attributes:
        share: How many of its files are made for one of a kind of share 1.
        good: Makes the good ones.
        damage: What is done to them.
        read: The door.
    """

    share: int
    good: Callable[[Path], Files]
    damage: Sequence[Damage]
    read: Callable[[Path], None]


KINDS: dict[str, Kind] = {
    "picture": Kind(5, pictures, BYTES, read_picture),
    "picture, PNG chunks": Kind(2, pngs, [edit_png], read_picture),
    "clip": Kind(4, clips, BYTES, read_clip),
    "clip, boxes": Kind(3, mp4s, [edit_box], read_clip),
    "gallery, exported": Kind(3, galleries, BYTES, read_gallery),
    "gallery, exported, fields": Kind(4, galleries, [edit_gallery], read_gallery),
    "gallery, sealed": Kind(1, sealed, BYTES, read_gallery),
    "gallery, database": Kind(2, databases, BYTES, read_database),
    "album": Kind(2, albums, BYTES, read_album),
    "album, members": Kind(2, albums, [edit_album], read_album),
    "recipe": Kind(4, recipes, [edit_recipe], read_recipe),
    "request": Kind(3, requests, [edit_request], read_request),
    "calibration": Kind(3, calibrations, [edit_json, edit_json, *BYTES], read_calibration),
    "list": Kind(3, lists, [*[edit_table] * 6, *BYTES], read_list),
    "encoder": Kind(2, encoders, [*[edit_safetensors] * 3, *BYTES], read_encoder),
    "weights": Kind(2, tensor_files, [*[edit_safetensors] * 6, *BYTES], read_tensors),
    "weights, ONNX": Kind(1, graphs, BYTES, read_tensors),
    "weights, pickled": Kind(1, checkpoints, [*[edit_pickle] * 3, *BYTES], read_checkpoint),
    "catalogue": Kind(1, catalogues, [*[edit_table] * 6, *BYTES], read_catalogue),
    "accounts": Kind(1, accounts, [*[edit_json] * 6, *BYTES], read_accounts),
}


@dataclass(frozen=True)
class Fault:
    """What should not have happened."""

    kind: str
    number: int
    what: str


@dataclass
class Report:
    """What came of all files."""

    files: Counter[str] = field(default_factory=Counter)
    results: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)

    def table(self) -> str:
        """Markdown."""
        lines = ["| kind | files | results | named refusals | anything else |", "|---|---|---|---|---|"]
        wrong = Counter(fault.kind for fault in self.faults)
        for kind in (kind for kind in KINDS if self.files[kind]):
            counts = (self.files[kind], self.results[kind], self.refusals[kind], wrong[kind])
            lines.append(f"| {kind} | {' | '.join(f'{count:,}' for count in counts)} |")
        sums = (self.files.total(), self.results.total(), self.refusals.total(), len(self.faults))
        return "\n".join([*lines, f"| all | {' | '.join(f'{count:,}' for count in sums)} |"])


GOOD, END = -1, -2
"""Instead of the number of a bad file."""


def make_files(folder: Path, files: int, seed: int, only: Sequence[str]) -> Iterator[tuple[int, str, Path]]:
    """Bad files one by one, the same for the same seed, before them good ones of their kind (`GOOD`).

    Good ones show that what refuses the others is the damage. Whoever takes a file deletes it.
    """
    names = [name for name, kind in KINDS.items() if not only or name.split(",")[0] in only for _ in range(kind.share)]
    good: dict[str, Files] = {}
    for number in range(files):
        name = names[number % len(names)]
        if name not in good:
            good[name] = KINDS[name].good(folder)
            for index, (suffix, data) in enumerate(good[name]):
                path = folder / f"good {name} {index}{suffix}"
                path.write_bytes(data)
                yield GOOD, name, path
        rng = random.Random(f"{seed} {number}")
        suffix, data = rng.choice(good[name])
        path = folder / f"{number}{suffix}"
        path.write_bytes(rng.choice(KINDS[name].damage)(rng, data))
        yield number, name, path


def serve(pipe: Connection) -> None:
    """A child: reads what it is told to, and tells what came of it."""
    from facestyle import device
    from facestyle.errors import FacestyleError
    from facestyle.settings import Settings

    warnings.simplefilter("ignore")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # what C libraries print; PyAV's own silence can lock up its threads
    device.configure(Settings(threads=1))
    pipe.send(("ready", ""))
    while True:
        kind, path = pipe.recv()
        try:
            KINDS[kind].read(path)
            pipe.send(("result", ""))
        except FacestyleError as error:
            pipe.send(("refusal", error.code))
        except Exception as error:
            trace, where = error.__traceback__, ""
            while trace is not None:
                file = Path(trace.tb_frame.f_code.co_filename)
                if ROOT / "facestyle" in file.parents:
                    where = f"{file.relative_to(ROOT)}:{trace.tb_lineno}"
                trace = trace.tb_next
            pipe.send(("fault", f"{type(error).__name__} in {where}: {str(error)[:100]}"))


class Child:
    """A process that reads files one by one, begun anew whenever it dies or takes too long.

    Args:
        seconds: How long a file may take.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._process: Any = None

    def read(self, kind: str, path: Path) -> tuple[str, str]:
        """What came of it: `result`, `refusal` or `fault`, and which."""
        if self._process is None:
            context = multiprocessing.get_context("spawn")
            self._pipe, theirs = context.Pipe()
            self._process = context.Process(target=serve, args=(theirs,), daemon=True)
            self._process.start()
            theirs.close()
            self._pipe.recv()  # its imports take longer than any file
        try:
            self._pipe.send((kind, path))
            if self._pipe.poll(self._seconds):
                answer: tuple[str, str] = self._pipe.recv()
                return answer
            found = f"took more than {self._seconds:g} s"
        except (EOFError, OSError):
            self._process.join()
            found = f"the process died ({self._process.exitcode})"
        self.close()
        return "fault", found

    def close(self) -> None:
        """Ends the process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._pipe.close()
            self._process = None


def abuse(
    files: int,
    seed: int,
    *,
    only: Sequence[str] = (),
    keep: Path | None = None,
    seconds: float = 60,
    processes: int | None = None,
) -> Report:
    """Makes files and has them read.

    Args:
        files: How many.
        seed: The same files for the same seed and number.
        only: Kinds, by the first word of their names; all by default.
        keep: Where the files that are faults are put.
        seconds: How long a file may take.
        processes: How many read at once; one a core by default.
    """
    report, lock = Report(), threading.Lock()
    with tempfile.TemporaryDirectory() as name:
        made = make_files(Path(name), files, seed, only)

        def work() -> None:
            child = Child(seconds)
            while True:
                with lock:
                    number, kind, path = next(made, (END, "", Path()))
                if number == END:
                    break
                what, which = child.read(kind, path)
                if number == GOOD and what == "refusal":
                    what, which = "fault", f"a good file, {path.name}, was refused: {which}"
                with lock:
                    report.files[kind] += number != GOOD
                    if what == "fault":
                        report.faults.append(Fault(kind, number, which))
                        if keep is not None:
                            keep.mkdir(parents=True, exist_ok=True)
                            shutil.copy(path, keep)
                    elif number != GOOD:
                        (report.results if what == "result" else report.refusals)[kind] += 1
                path.unlink(missing_ok=True)
            child.close()

        workers = [threading.Thread(target=work) for _ in range(processes or os.cpu_count() or 1)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    return report


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="+", default=[], metavar="KIND", help="such as clip or gallery")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where the files that are faults are put")
    parser.add_argument("--seconds", type=float, default=60, help="how long a file may take")
    options = parser.parse_args()
    report = abuse(options.files, options.seed, only=options.only, keep=options.keep, seconds=options.seconds)
    print(report.table())
    for fault in sorted(report.faults, key=lambda fault: (fault.kind, fault.number)):
        print(f"file {fault.number}, {fault.kind}: {fault.what}")
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
