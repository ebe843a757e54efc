"""`cluster`: the faces of an album grouped by person."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facestyle.cli.common import add_gallery, add_json, add_models, face_service
from facestyle.cli.output import Output
from facestyle.errors import InvalidRequestError, shown

if TYPE_CHECKING:
    from facestyle.faces.album.results import AlbumResult
    from facestyle.faces.service import FaceService

    Commands = argparse._SubParsersAction[Any]

METHODS = ("linkage", "kmeans", "density")


def add_commands(commands: Commands) -> None:
    """Adds the command."""
    cluster = commands.add_parser("cluster", help="group the faces of many pictures by person")
    cluster.add_argument("paths", nargs="+", metavar="PATH", help="pictures, folders and zip files")
    cluster.add_argument(
        "--method",
        choices=METHODS,
        default="linkage",
        help="complete linkage at the model's threshold; K-means; HDBSCAN (default: linkage)",
    )
    cluster.add_argument("--k", type=int, metavar="N", help="K-means: number of people (default: by silhouette)")
    cluster.add_argument("--same-photo", action="store_true", help="one picture may show a person twice")
    cluster.add_argument("--seed", type=int, default=0, metavar="N", help="of K-means (default: 0)")
    cluster.add_argument("--out", type=Path, metavar="DIR", help="write index.csv and a sheet of each group there")
    cluster.add_argument(
        "--enroll",
        nargs=2,
        action="append",
        default=[],
        metavar=("GROUP", "NAME"),
        help="add a group, by its number, to the gallery under a name; several times. It states that the person agreed",
    )
    cluster.add_argument("--keep-thumbnail", action="store_true", help="--enroll: also store the group's cover")
    cluster.add_argument(
        "--accept-conflict",
        action="store_true",
        help="--enroll: although a face looks like somebody else enrolled, or unlike the person's other pictures",
    )
    add_models(cluster)
    add_gallery(cluster)
    add_json(cluster)
    cluster.set_defaults(run=_cluster)


def _cluster(options: argparse.Namespace, output: Output) -> None:
    from tqdm import tqdm

    from facestyle.faces.album.service import group_album

    wanted = [(_number(number), name) for number, name in options.enroll]
    if options.seed < 0:
        raise InvalidRequestError("The seed must be 0 or more.")
    result: AlbumResult | None = None
    with face_service(options) as service, tqdm(unit="picture", desc="looking for faces") as bar:
        for step in group_album(
            service,
            options.paths,
            method=options.method,
            k=options.k,
            same_photo=options.same_photo,
            seed=options.seed,
        ):
            bar.total = step.total
            bar.update(step.done - bar.n)
            result = step.result
        if result is None:
            raise RuntimeError("the album gave no result")
        facts = result.as_dict()
        if options.out is not None:
            from facestyle.faces.album.sheets import write_sheets

            facts["files"] = [str(path) for path in write_sheets(result, options.out)]
        facts |= _enrolled(options, service, result, wanted)
    output.answer(facts, "\n".join(_sentences(facts)))


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise InvalidRequestError(f"--enroll takes the number of a group and a name, not {shown(text)}.") from None


def _enrolled(
    options: argparse.Namespace, service: FaceService, result: AlbumResult, wanted: list[tuple[int, str]]
) -> dict[str, Any]:
    """Enrols groups in the order given; the first refusal ends it, and those before it stay enrolled."""
    from facestyle.faces.album.enrolment import enroll_group, group_of

    for number, _ in wanted:  # a wrong number is said before anybody is enrolled
        group_of(result, number)
    people = []
    for number, name in wanted:
        person = enroll_group(
            service,
            result,
            number,
            name,
            consent=True,
            keep_thumbnail=options.keep_thumbnail,
            accept_conflict=options.accept_conflict,
        )
        people.append({"group": number, "id": person.id, "name": person.name, "embeddings": person.embeddings})
    return {"enrolled": people} if wanted else {}


def _sentences(facts: dict[str, Any]) -> list[str]:
    lines = [f"{facts['faces']} face(s) in {facts['pictures']} picture(s), {len(facts['groups'])} group(s)"]
    for number, group in enumerate(facts["groups"], 1):
        names = list(dict.fromkeys(face["picture"] for face in group["faces"]))
        lines.append(f"group {number}, {len(group['faces'])} face(s): {', '.join(names)}")
    if facts["not_grouped"]:
        names = list(dict.fromkeys(face["picture"] for face in facts["not_grouped"]))
        lines.append(f"not grouped, {len(facts['not_grouped'])} face(s): {', '.join(names)}")
    lines += [
        f"group {person['group']} is enrolled: {person['name']}, {person['embeddings']} embedding(s)"
        for person in facts.get("enrolled", ())
    ]
    lines += [f"left out: {item['picture']}: {item['message']}" for item in facts["skipped"]]
    return lines
