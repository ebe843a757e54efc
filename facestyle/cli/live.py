"""`live`: the camera's engine over a folder of frames, for tests and for people without the app."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from facestyle.cli.common import add_gallery, add_json, add_models, face_service
from facestyle.cli.output import Output
from facestyle.errors import ImageNotFoundError, InvalidRequestError
from facestyle.faces.results import Claim

if TYPE_CHECKING:
    from facestyle.faces.live import LiveFrame

    Commands = argparse._SubParsersAction[Any]

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".heic", ".avif"})

Event = dict[str, object]


def add_commands(commands: Commands) -> None:
    """Adds `live`."""
    live = commands.add_parser(
        "live",
        help="follow and recognise faces over the frames of a film, and say when the door opens",
        description="Runs over a folder of frames in the order of their names. A film becomes frames with, for "
        "example, ffmpeg -i film.mp4 -vf fps=10 frames/%%05d.jpg",
    )
    live.add_argument("frames", type=Path, metavar="FRAMES_DIR", help="a folder of pictures, one a frame")
    live.add_argument("--claim", metavar="NAME", help="open for this enrolled person only (default: anybody enrolled)")
    live.add_argument("--tau", type=float, metavar="T", help="threshold on the distance (default: the model's)")
    live.add_argument("--agree", type=int, default=5, metavar="N", help="frames that must agree (default: 5)")
    live.add_argument("--within", type=float, default=3.0, metavar="S", help="within so many seconds (default: 3)")
    live.add_argument("--hold", type=float, default=5.0, metavar="S", help="seconds the door stays open (default: 5)")
    live.add_argument("--fps", type=float, default=10.0, help="frames a second of the film (default: 10)")
    add_models(live)
    add_gallery(live)
    add_json(live)
    live.set_defaults(run=_live)


def frame_files(folder: Path) -> list[Path]:
    """The pictures of a folder; frame 2 comes before frame 10.

    Raises:
        ImageNotFoundError: There is no such folder.
        InvalidRequestError: It is a file, or holds no pictures.
    """
    if folder.is_file():
        raise InvalidRequestError(
            f"{folder.name} is a file. Give a folder of frames: ffmpeg -i {folder.name} -vf fps=10 frames/%05d.jpg"
        )
    if not folder.is_dir():
        raise ImageNotFoundError(f"There is no folder {folder}. Check the path.")
    files = [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file()]
    if not files:
        raise InvalidRequestError(f"{folder} holds no pictures. Give a folder of frames, such as 00001.jpg ...")
    return sorted(files, key=lambda path: [int(s) if s.isdigit() else s for s in re.split(r"([0-9]+)", path.name)])


def events_of(frame: LiveFrame, before: LiveFrame | None) -> list[Event]:
    """What changed from one frame to the next: faces that came, were named, lost their name or went; the door."""
    t = round(frame.t, 3)
    old = {} if before is None else {face.track: face for face in before.faces}
    new = {face.track: face for face in frame.faces}
    events: list[Event] = [{"t": t, "event": "face", "track": track} for track in new if track not in old]
    for track, face in new.items():
        if face.name != (old[track].name if track in old else None):
            events.append({"t": t, "event": "name", "track": track, "name": face.name, "distance": face.distance})
    events += [{"t": t, "event": "gone", "track": track} for track in old if track not in new]
    if frame.door.open != (before is not None and before.door.open):
        opened = frame.door.open
        events.append({"t": t, "event": "open" if opened else "closed", "name": frame.door.name if opened else None})
    return events


def in_words(event: Event) -> str:
    """One line for people."""
    name, track = event.get("name"), event.get("track")
    words = {
        "face": f"face {track} is in view",
        "name": f"face {track} is {name}" if name is not None else f"face {track} is no longer recognised",
        "gone": f"face {track} is gone",
        "open": f"door open for {name}",
        "closed": "door closed",
    }
    return f"{event['t']:7.2f} s  {words[str(event['event'])]}"


def _live(options: argparse.Namespace, output: Output) -> None:
    from facestyle import images
    from facestyle.faces.live import LiveEngine, LiveOptions

    if not 0 < options.fps <= 1000:
        raise InvalidRequestError(f"--fps is {options.fps:g}; it must be more than 0 and at most 1,000.")
    files = frame_files(options.frames)
    asked = LiveOptions(
        claim=None if options.claim is None else Claim(options.claim),
        tau=options.tau,
        frames=options.agree,
        seconds=options.within,
        hold=options.hold,
    )
    events: list[Event] = []
    spent: list[float] = []
    before = None
    with face_service(options) as service:
        engine = LiveEngine(service, asked)
        for index, path in enumerate(files):
            frame = engine.update(images.decode(path, settings=service.settings), index / options.fps)
            fresh = events_of(frame, before)
            if not output.json:
                for event in fresh:
                    print(in_words(event), flush=True)
            events += fresh
            spent.append(frame.ms)
            before = frame
        facts = {
            "frames": len(files),
            "opened": any(event["event"] == "open" for event in events),
            "events": events,
            "tau": engine.tau,
            "metric": service.metric,
            "model": service.model,
            "ms": round(median(spent), 1),
        }
    output.answer(facts, f"{len(files)} frames, {facts['ms']} ms each (median).")
