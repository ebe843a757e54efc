"""Derives lists for `evaluate identification` from the labelled pictures beside the project.

    python benchmarks/identification_protocol.py DIR OUT/
    python -m facestyle evaluate identification --images DIR/lfw_dev --report OUT/lfw_dev
        --gallery OUT/lfw_dev/gallery.csv --probes OUT/lfw_dev/probes.csv     (one line)

- `lfw_dev`: of everybody with at least two pictures the first is enrolled, and the others are probes; the people with a
  single picture are the unknown ones. (That the unknown are not a random half is LFW's making; it has no third kind.)
- `lfw_dev_half`: the same people with at least two pictures, every other one of whom is enrolled with one picture; all
  pictures of the others, and the single ones, are probes of unknown people. A smaller gallery, more unknown probes.
- `orl`: the first 20 of 40 people are enrolled with their first picture; nine probes of each, and all ten of the
  other 20 people.
- `celebrities`: people are what the list of pairs says (same person, transitively); split as `lfw_dev`. All of them
  have several pictures, so nobody is unknown.

Names and order are those of the files, so the lists are the same on every machine.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

People = dict[str, list[str]]
"""Name -> pictures, relative to the data set's folder."""

Lists = tuple[list[tuple[str, str]], list[tuple[str, str]]]
"""Gallery and probes, rows of (path, name)."""


def by_folder(folder: Path, suffix: str) -> People:
    """One folder a person; pictures in the order of their numbers."""
    people: People = {}
    for path in sorted(folder.glob(f"*/*{suffix}"), key=_by_number):
        people.setdefault(path.parent.name, []).append(str(path.relative_to(folder)))
    return people


def _by_number(path: Path) -> tuple[list[int], str]:
    return [int(number) for number in re.findall(r"\d+", f"{path.parent.name}/{path.stem}")], str(path)


def by_pairs(folder: Path) -> People:
    """People are the classes of "same person"; they are called by their first picture."""
    with (folder / "pairs.csv").open(newline="", encoding="utf-8") as file:
        rows = [(row["file_x"], row["file_y"], row["same"] == "1") for row in csv.DictReader(file)]
    leader = {name: name for a, b, _ in rows for name in (a, b)}

    def find(name: str) -> str:
        while leader[name] != name:
            name = leader[name]
        return name

    for a, b, same in rows:
        if same:
            low, high = sorted((find(a), find(b)), key=lambda name: _by_number(Path(name)))
            leader[high] = low
    people: People = {}
    for name in sorted(leader, key=lambda name: _by_number(Path(name))):
        people.setdefault(find(name), []).append(name)
    return people


def split(people: People, enrolled: Iterable[str]) -> Lists:
    """Enrols the first picture of these people; every other picture, of whomever, is a probe."""
    known = set(enrolled)
    gallery = [(pictures[0], name) for name, pictures in people.items() if name in known]
    probes = [(picture, name) for name, pictures in people.items() for picture in pictures[1 if name in known else 0 :]]
    return gallery, probes


def protocols(faces: Path) -> Iterator[tuple[str, Lists]]:
    """All lists, by name."""
    lfw = by_folder(faces / "lfw_dev", ".jpg")
    several = [name for name in sorted(lfw) if len(lfw[name]) > 1]
    yield "lfw_dev", split(lfw, several)
    yield "lfw_dev_half", split(lfw, several[::2])
    orl = by_folder(faces / "orl", ".pgm")
    yield "orl", split(orl, list(orl)[:20])
    celebrities = by_pairs(faces / "celebrities")
    yield "celebrities", split(celebrities, [name for name, pictures in celebrities.items() if len(pictures) > 1])


def write(path: Path, rows: list[tuple[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["path", "name"])
        table.writerows(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("faces", type=Path, help="holds lfw_dev, orl and celebrities")
    parser.add_argument("out", type=Path, help="a folder with gallery.csv and probes.csv is made here for each")
    options = parser.parse_args()
    for name, (gallery, probes) in protocols(options.faces):
        folder = options.out / name
        folder.mkdir(parents=True, exist_ok=True)
        write(folder / "gallery.csv", gallery)
        write(folder / "probes.csv", probes)
        known = {person for _, person in gallery}
        mated = sum(person in known for _, person in probes)
        print(f"{name}: {len(gallery)} enrolled, {mated} probes of them, {len(probes) - mated} of unknown people")


if __name__ == "__main__":
    main()
