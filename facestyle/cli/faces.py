"""`verify`, `identify` and `enroll`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from facestyle.cli import confidence
from facestyle.cli.common import add_gallery, add_json, add_models, face_service
from facestyle.cli.output import Output
from facestyle.errors import InvalidRequestError
from facestyle.faces.calibration import facts as calibration
from facestyle.faces.results import Claim

if TYPE_CHECKING:
    from facestyle.faces.liveness.base import Liveness

    Commands = argparse._SubParsersAction[Any]


def add_commands(commands: Commands) -> None:
    """Adds the three commands."""
    verify = commands.add_parser("verify", help="is this the same person? (1:1)")
    verify.add_argument("picture", metavar="A", help="a picture with one face")
    verify.add_argument("reference", metavar="B", nargs="?", help="another picture")
    verify.add_argument("--claim", metavar="NAME", help="verify A against this enrolled person instead of a picture")
    _finish(verify, _verify)
    _add_liveness(verify)

    identify = commands.add_parser("identify", help="who of the gallery is this, or nobody? (1:K)")
    identify.add_argument("picture", metavar="PICTURE", help="a picture with any number of faces")
    identify.add_argument("--top", type=int, default=5, metavar="K", help="most people to name for a face (default: 5)")
    _finish(identify, _identify)
    _add_liveness(identify)

    enroll = commands.add_parser(
        "enroll",
        help="add a person to the gallery; one picture is enough",
        description="Adds a person to the gallery. Running it states that the person agreed to it.",
    )
    enroll.add_argument("name", metavar="NAME")
    enroll.add_argument("pictures", metavar="PICTURE", nargs="+")
    enroll.add_argument("--keep-thumbnail", action="store_true", help="also store the first aligned face as a picture")
    enroll.add_argument("--accept-poor", action="store_true", help="enrol faces of poor quality too")
    enroll.add_argument(
        "--accept-conflict",
        action="store_true",
        help="enrol although a face looks like somebody else enrolled, or unlike the person's other pictures",
    )
    add_models(enroll)
    add_gallery(enroll)
    add_json(enroll)
    enroll.set_defaults(run=_enroll)


def _finish(parser: argparse.ArgumentParser, run: object) -> None:
    parser.add_argument("--tau", type=float, metavar="T", help="threshold on the distance (default: the model's)")
    add_models(parser)
    add_gallery(parser)
    add_json(parser)
    parser.set_defaults(run=run)


def _add_liveness(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--liveness",
        choices=("off", "passive"),
        default="off",
        help="passive: a hint whether the face is live or a picture of a picture (default: off)",
    )


def _verify(options: argparse.Namespace, output: Output) -> None:
    if (options.reference is None) == (options.claim is None):
        raise InvalidRequestError("Give either a second picture or --claim NAME.")
    reference = Claim(options.claim) if options.claim is not None else options.reference
    with face_service(options) as service:
        answer = service.verify(options.picture, reference, tau=options.tau, liveness=options.liveness)
    facts: dict[str, object] = {
        "same": answer.same,
        "distance": answer.distance,
        "tau": answer.tau,
        "metric": answer.metric,
        "model": answer.model,
        "faces": [face.box.as_list() for face in answer.faces],
        "quality": [quality.as_list() for quality in answer.quality],
        **calibration.verification_facts(answer),
    }
    notes = [
        f"\n{'Second' if index else 'First'} picture: {quality.sentence}"
        for index, quality in enumerate(answer.quality)
        if not quality.good
    ]
    if answer.liveness is not None:
        facts["liveness"] = answer.liveness.as_dict()
        notes.append(f"\n{_liveness(answer.liveness)}")
    if answer.claimed is not None:
        facts["claimed"] = answer.claimed
    if answer.claimed is not None:
        verdict = f"This is {answer.claimed}." if answer.same else f"This is not {answer.claimed}."
    else:
        verdict = "Same person." if answer.same else "Different people."
    sign = "<=" if answer.same else ">"
    sentence = f"{verdict} d = {answer.distance:.4f} {sign} tau = {answer.tau:.4g} ({answer.metric})"
    output.answer(facts, "\n".join([sentence + "".join(notes), *confidence.about_verification(answer)]))


def _identify(options: argparse.Namespace, output: Output) -> None:
    with face_service(options) as service:
        answer = service.identify(options.picture, top_k=options.top, tau=options.tau, liveness=options.liveness)
    lines = []
    for number, face in enumerate(answer.faces, 1):
        who = ", ".join(f"{match.name} (d = {match.distance:.4f})" for match in face.matches)
        lines.append(
            f"face {number} at {face.face.box.as_list()}: {who or 'not recognised'}{confidence.about_face(face)}"
        )
        if face.quality is not None and not face.quality.good:
            lines.append(f"  {face.quality.sentence}")
        if face.liveness is not None:
            lines.append(f"  {_liveness(face.liveness)}")
    if not answer.enrolled:
        lines.append("Nobody is enrolled in this gallery yet.")
    lines += confidence.about_gallery(answer)
    facts = {
        "faces": [
            {
                "box": face.face.box.as_list(),
                "matches": [{"name": match.name, "distance": match.distance} for match in face.matches],
                "recognized": face.recognized,
                **calibration.face_facts(face),
                "quality": [] if face.quality is None else face.quality.as_list(),
                **({} if face.liveness is None else {"liveness": face.liveness.as_dict()}),
            }
            for face in answer.faces
        ],
        "tau": answer.tau,
        "metric": answer.metric,
        "model": answer.model,
        "enrolled": answer.enrolled,
        **calibration.identification_facts(answer),
    }
    output.answer(facts, "\n".join(lines))


def _enroll(options: argparse.Namespace, output: Output) -> None:
    with face_service(options) as service:
        done = service.enroll(
            options.name,
            options.pictures,
            consent=True,
            keep_thumbnail=options.keep_thumbnail,
            accept_poor=options.accept_poor,
            accept_conflict=options.accept_conflict,
        )
    facts = {
        "id": done.person.id,
        "name": done.person.name,
        "added": done.added,
        "embeddings": done.person.embeddings,
        "model": done.model,
        "faces": [face.box.as_list() for face in done.faces],
        "quality": [quality.as_list() for quality in done.quality],
    }
    output.answer(facts, f"{done.person.name} is enrolled with {done.person.embeddings} embedding(s).")


def _liveness(found: Liveness) -> str:
    if not found.checked or found.score is None:
        return f"Liveness was not checked: {found.reason}"
    seems = "a live face" if found.live else "a picture of a picture"
    return f"Looks like {seems} (score {found.score:.2f} of 1 by {found.model}; a heuristic, no proof)."
