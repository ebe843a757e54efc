"""The named endpoints for programs: the same services as the tabs, and the same JSON as the command line.

`gradio_client.Client(url).predict(..., api_name="/verify")`; a refusal is `{"error": {"code", "message"}}`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from functools import wraps
from typing import Any, ParamSpec

import gradio as gr

from facestyle.errors import ImageEmptyError
from facestyle.faces.calibration import facts as calibration
from facestyle.faces.results import Claim, Enrollment, Identification, LivenessMode, Person, Verification
from facestyle.portraits.results import Likeness
from facestyle.style.recipe import KEYWORD, recipe_of
from facestyle.style.results import (
    COLORS,
    CONTENT_LAYERS,
    DEFAULT_CONTENT_LAYER,
    DEFAULT_SIZE,
    DEFAULT_STEPS,
    INITS,
    OPTIMIZERS,
    POOLINGS,
    STYLE_LAYERS,
    STYLE_LOSSES,
    StyleFrame,
)
from facestyle.ui import guard, models, painting
from facestyle.ui.context import FACES_LANE, LIGHT_LANE, PAINT_LANE, Context
from facestyle.ui.fast_choice import FastChoice, chosen_style
from facestyle.ui.style_request import make_request

P = ParamSpec("P")
Json = dict[str, Any]


def verification_json(result: Verification) -> Json:
    """`same, distance, tau, metric, model, faces` with boxes as [left, top, right, bottom]; `claimed` for a claim.

    `quality` lists for each face the reasons against it, `liveness` is there if it was asked for.
    Also `probability, evidence, rates`, null for a model without calibration.
    """
    facts: Json = {
        "same": result.same,
        "distance": result.distance,
        "tau": result.tau,
        "metric": result.metric,
        "model": result.model,
        "faces": [face.box.as_list() for face in result.faces],
        **calibration.verification_facts(result),
        "quality": [quality.as_list() for quality in result.quality],
    }
    if result.liveness is not None:
        facts["liveness"] = result.liveness.as_dict()
    return facts if result.claimed is None else {**facts, "claimed": result.claimed}


def identification_json(result: Identification) -> Json:
    """`faces: [{box, matches: [{name, distance}], recognized, probability, margin, quality}], tau, metric, model`.

    Also `enrolled`, and `evidence, rates, expected_false_accepts`, null for a model without calibration.
    """
    faces = [
        {
            "box": face.face.box.as_list(),
            "matches": [{"name": match.name, "distance": match.distance} for match in face.matches],
            "recognized": face.recognized,
            **calibration.face_facts(face),
            "quality": [] if face.quality is None else face.quality.as_list(),
            **({} if face.liveness is None else {"liveness": face.liveness.as_dict()}),
        }
        for face in result.faces
    ]
    return {
        "faces": faces,
        "tau": result.tau,
        "metric": result.metric,
        "model": result.model,
        "enrolled": result.enrolled,
        **calibration.identification_facts(result),
    }


def person_json(person: Person) -> Json:
    """`id, name, embeddings, models, created, thumbnail` (whether one is kept)."""
    return {
        "id": person.id,
        "name": person.name,
        "embeddings": person.embeddings,
        "models": list(person.models),
        "created": person.created.isoformat(),
        "thumbnail": person.thumbnail is not None,
    }


def enrollment_json(result: Enrollment) -> Json:
    """`id, name, added, embeddings, model, faces` with boxes as [left, top, right, bottom], `quality` for each."""
    return {
        "id": result.person.id,
        "name": result.person.name,
        "added": result.added,
        "embeddings": result.person.embeddings,
        "model": result.model,
        "faces": [face.box.as_list() for face in result.faces],
        "quality": [quality.as_list() for quality in result.quality],
    }


def style_json(frame: StyleFrame, backbone: str, faces: Sequence[Likeness] = ()) -> Json:
    """`seconds, steps (done), size [height, width], backbone, losses {total, content, style}, faces`."""
    return {
        "seconds": round(frame.seconds, 3),
        "steps": frame.step,
        "size": list(frame.image.shape[:2]),
        "backbone": backbone,
        "losses": {"total": frame.losses.total, "content": frame.losses.content, "style": frame.losses.style},
        "faces": [face.as_dict() for face in faces],
    }


def answering(fn: Callable[P, Json]) -> Callable[P, Json]:
    """Turns every exception into an error object, so that a program always gets JSON."""

    @wraps(fn)
    def answer(*args: P.args, **kwargs: P.kwargs) -> Json:
        try:
            return fn(*args, **kwargs)
        except Exception as error:
            return guard.as_json(error)

    return answer


def _picture(label: str) -> gr.Image:
    return gr.Image(label=label, type="filepath", image_mode=None)


class Endpoints:
    """Adds the endpoints. Their components are never shown: they only carry the types to the API's description."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        with gr.Row(visible=False):
            first, second = _picture("picture"), _picture("reference")
            tau = gr.Number(None, label="tau", minimum=0)
            name, top_k = gr.Textbox(label="name"), gr.Number(5, label="top_k", precision=0, minimum=1, maximum=100)
            pictures = gr.File(label="pictures", file_count="multiple", type="filepath")
            consent, thumbnail = gr.Checkbox(label="consent"), gr.Checkbox(label="keep_thumbnail")
            poor, conflict = gr.Checkbox(label="accept_poor"), gr.Checkbox(label="accept_conflict")
            live = gr.Radio(["off", "passive"], value="off", label="liveness")
            content, style_picture = _picture("content"), _picture("style")
            knobs: list[Any] = [
                gr.Number(1.0, label="alpha", minimum=0),
                gr.Number(1.0, label="beta", minimum=0),
                gr.Number(DEFAULT_SIZE, label="size", precision=0, minimum=64),
                gr.Number(DEFAULT_STEPS, label="steps", precision=0, minimum=1),
                gr.Radio(list(INITS), value="content", label="init"),
                gr.Radio(list(OPTIMIZERS), value="lbfgs", label="optimizer"),
                gr.Number(0, label="seed", precision=0, minimum=0),
            ]
            lambdas = [gr.Number(1.0, label=layer, minimum=0) for layer in STYLE_LAYERS]
            backbone = gr.Textbox("", label="backbone")
            more: list[Any] = [
                gr.Radio(list(COLORS), value="style", label="colors"),
                gr.Radio(list(STYLE_LOSSES), value="gram", label="style_loss"),
                gr.Number(1.0, label="scale", minimum=0.25, maximum=4),
                _picture("region"),
                _picture("style2"),
                gr.Number(0.5, label="mix", minimum=0, maximum=1),
                gr.Radio(list(CONTENT_LAYERS), value=DEFAULT_CONTENT_LAYER, label="content_layer"),
                gr.Radio(list(POOLINGS), value="average", label="pooling"),
                gr.Number(0, label="smoothness", minimum=0),
                gr.Checkbox(False, label="keep_faces"),
            ]
            style_id = gr.Textbox("", label="style_id")
            fast_size = gr.Number(512, label="size", precision=0, minimum=64)
            strength = gr.Number(1.0, label="strength", minimum=0, maximum=1)
            second_id, second_picture = gr.Textbox("", label="style_id2"), _picture("style2")
            fast_mix = gr.Number(0.5, label="mix", minimum=0, maximum=1)
            answer, image = gr.JSON(label="answer"), gr.Image(label="picture", type="filepath", format="png")

        faces_event: dict[str, Any] = {"triggers": [], "outputs": answer, "preprocess": False, **FACES_LANE}
        gr.on(fn=self.verify, inputs=[first, second, tau, live], api_name="verify", **faces_event)
        gr.on(fn=self.verify_claim, inputs=[first, name, tau, live], api_name="verify_claim", **faces_event)
        gr.on(fn=self.identify, inputs=[first, top_k, tau, live], api_name="identify", **faces_event)
        enrolling = [name, pictures, consent, thumbnail, poor, conflict]
        gr.on(fn=self.enroll, inputs=enrolling, api_name="enroll", **faces_event)
        gr.on(fn=self.people, inputs=[], api_name="people", **{**faces_event, **LIGHT_LANE})
        gr.on(
            triggers=[],
            fn=self.style,
            inputs=[content, style_picture, *knobs, *lambdas, backbone, *more],
            outputs=[image, answer],
            api_name="style",
            preprocess=False,
            **PAINT_LANE,
        )
        gr.on(
            triggers=[],
            fn=self.style_fast,
            inputs=[content, style_picture, style_id, fast_size, strength, second_id, second_picture, fast_mix],
            outputs=[image, answer],
            api_name="style_fast",
            preprocess=False,
            **FACES_LANE,
        )

    @answering
    def verify(
        self,
        request: gr.Request,
        picture: Any,  # noqa: ANN401
        reference: Any,  # noqa: ANN401
        tau: float | None = None,
        liveness: LivenessMode = "off",
    ) -> Json:
        """Are the two pictures of the same person? tau: threshold, by default the model's own."""
        faces = self.ctx.session(request).faces
        return verification_json(
            faces.verify(self.ctx.decode(picture), self.ctx.decode(reference), tau=tau, liveness=liveness)
        )

    @answering
    def verify_claim(
        self,
        request: gr.Request,
        picture: Any,  # noqa: ANN401
        name: str,
        tau: float | None = None,
        liveness: LivenessMode = "off",
    ) -> Json:
        """Does the picture show the enrolled person of that name or ID?"""
        faces = self.ctx.session(request).faces
        return verification_json(faces.verify(self.ctx.decode(picture), Claim(name or ""), tau=tau, liveness=liveness))

    @answering
    def identify(
        self,
        request: gr.Request,
        picture: Any,  # noqa: ANN401
        top_k: float = 5,
        tau: float | None = None,
        liveness: LivenessMode = "off",
    ) -> Json:
        """Who of the enrolled people is each face of the picture, or nobody?"""
        faces = self.ctx.session(request).faces
        image = self.ctx.decode(picture)
        return identification_json(faces.identify(image, top_k=int(top_k), tau=tau, liveness=liveness))

    @answering
    def enroll(  # noqa: PLR0917 - their names are the API
        self,
        request: gr.Request,
        name: str,
        pictures: Any,  # noqa: ANN401
        consent: bool,
        keep_thumbnail: bool = False,
        accept_poor: bool = False,
        accept_conflict: bool = False,
    ) -> Json:
        """Adds a person, or pictures to a person. consent: the person agreed.

        accept_poor: also faces of poor quality. accept_conflict: also a face that looks like somebody enrolled under
        another name, or unlike the person's other pictures.
        """
        session = self.ctx.session(request)
        session.check_may_change()
        files = self.ctx.album(pictures)
        session.note_uploads(files)
        result = session.faces.enroll(
            name or "",
            files,
            consent=consent is True,
            keep_thumbnail=keep_thumbnail is True,
            accept_poor=accept_poor is True,
            accept_conflict=accept_conflict is True,
        )
        return enrollment_json(result)

    @answering
    def people(self, request: gr.Request) -> Json:
        """Everybody enrolled, for this caller."""
        return {"people": [person_json(person) for person in self.ctx.session(request).gallery.list()]}

    def style(  # noqa: PLR0917 - their names are the API
        self,
        request: gr.Request,
        content: Any,  # noqa: ANN401
        style: Any,  # noqa: ANN401
        alpha: float = 1.0,
        beta: float = 1.0,
        size: float = DEFAULT_SIZE,
        steps: float = DEFAULT_STEPS,
        init: str = "content",
        optimizer: str = "lbfgs",
        seed: float = 0,
        relu1_1: float = 1.0,
        relu2_1: float = 1.0,
        relu3_1: float = 1.0,
        relu4_1: float = 1.0,
        relu5_1: float = 1.0,
        backbone: str = "",
        colors: str = "style",
        style_loss: str = "gram",
        scale: float = 1.0,
        region: Any = None,  # noqa: ANN401
        style2: Any = None,  # noqa: ANN401
        mix: float = 0.5,
        content_layer: str = DEFAULT_CONTENT_LAYER,
        pooling: str = "average",
        smoothness: float = 0.0,
        keep_faces: bool = False,
    ) -> Generator[tuple[Any, Json]]:
        """Paints the content in the manner of the style; the optimisation of Gatys et al. 2016.

        backbone: feature network, by default the session's; /models lists them. scale: size of the strokes. region:
        picture, white where to paint at all. style2: a second painting, which counts mix (0 to 1) beside the first.
        keep_faces: the photo counts more where it shows a face; the answer's `faces` says how like themselves they are.
        """
        session = self.ctx.session(request)
        if session.busy:
            yield None, {"error": {"code": "busy", "message": "This session is painting already."}}
            return
        session.stop.clear()
        session.busy += 1
        try:
            asked = make_request(
                self.ctx,
                content=content,
                style=style,
                alpha=alpha,
                beta=beta,
                size=size,
                steps=steps,
                init=init,
                optimizer=optimizer,
                seed=seed,
                layers=(relu1_1, relu2_1, relu3_1, relu4_1, relu5_1),
                backbone=models.backbone(self.ctx, session, backbone),
                colors=colors,
                style_loss=style_loss,
                scale=scale,
                region=None if region is None else self.ctx.decode_mask(region),
                style2=style2,
                mix=mix,
                content_layer=content_layer,
                pooling=pooling,
                smoothness=smoothness,
                keep_faces=keep_faces,
            )
            deadline = painting.PUBLIC_DEADLINE_SECONDS if self.ctx.public else None
            frame = None
            with self.ctx.line.standing() as ticket:
                for place in self.ctx.line.waiting(ticket, give_up=session.stop.is_set):
                    yield gr.skip(), {"ahead": place.ahead, "seconds": round(place.seconds, 1)}
                if session.stop.is_set():
                    return
                with closing(self.ctx.services.stylize(asked)) as frames:
                    for frame in frames:
                        ticket.left = frame.seconds_left
                        yield gr.skip(), {"step": frame.step, "steps": frame.steps}
                        if session.stop.is_set() or (deadline is not None and frame.seconds > deadline):
                            break
            if frame is None:
                raise RuntimeError("the stylisation gave no picture")
            with tempfile.TemporaryDirectory(prefix="facestyle-") as folder:
                photo = painting.fitted(asked.content, frame.image)
                faces = self.ctx.services.likeness(photo, frame.image) if keep_faces else ()
                text = {KEYWORD: recipe_of(asked, steps=frame.step).as_text()}
                yield painting.written(frame.image, folder, text), style_json(frame, asked.backbone, faces)
        except Exception as error:
            yield None, guard.as_json(error)
        finally:
            session.busy -= 1

    def style_fast(  # noqa: PLR0917 - their names are the API
        self,
        content: Any,  # noqa: ANN401
        style: Any,  # noqa: ANN401
        style_id: str = "",
        size: float = 512,
        strength: float = 1.0,
        style_id2: str = "",
        style2: Any = None,  # noqa: ANN401
        mix: float = 0.5,
    ) -> Generator[tuple[Any, Json]]:
        """One pass of a fast network: a learned style by its ID, or any style picture.

        style_id2, style2: another one of the same kind, which counts mix (0 to 1) beside the first.
        """
        try:
            if not style_id and style is None:
                raise ImageEmptyError("Give a style picture or the ID of a learned style.")
            wanted, _ = chosen_style(self.ctx, FastChoice(style, style_id or "", style_id2, style2, float(mix)))
            image = self.ctx.services.stylize_fast(
                self.ctx.decode_rgba(content), style=wanted, size=int(size), strength=float(strength)
            )
            with tempfile.TemporaryDirectory(prefix="facestyle-") as folder:
                yield painting.written(image, folder), {"size": list(image.shape[:2])}
        except Exception as error:
            yield None, guard.as_json(error)
