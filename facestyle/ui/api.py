"""The named endpoints for programs: the same services as the tabs, and the same JSON as the command line.

`gradio_client.Client(url).predict(..., api_name="/verify")`; a refusal is `{"error": {"code", "message"}}`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator
from contextlib import closing
from functools import wraps
from typing import Any, ParamSpec

import gradio as gr

from facestyle.errors import ImageEmptyError, UnknownModelError
from facestyle.faces.results import Claim, Enrollment, Identification, Person, Verification
from facestyle.style.results import DEFAULT_SIZE, DEFAULT_STEPS, INITS, OPTIMIZERS, STYLE_LAYERS, StyleFrame
from facestyle.ui import guard, painting
from facestyle.ui.context import FACES_LANE, PAINT_LANE, Context, upload_paths
from facestyle.ui.style import make_request

P = ParamSpec("P")
Json = dict[str, Any]


def verification_json(result: Verification) -> Json:
    """`same, distance, tau, metric, model, faces` with boxes as [left, top, right, bottom]; `claimed` for a claim."""
    facts: Json = {
        "same": result.same,
        "distance": result.distance,
        "tau": result.tau,
        "metric": result.metric,
        "model": result.model,
        "faces": [face.box.as_list() for face in result.faces],
    }
    return facts if result.claimed is None else {**facts, "claimed": result.claimed}


def identification_json(result: Identification) -> Json:
    """`faces: [{box, matches: [{name, distance}], recognized}], tau, metric, model, enrolled`."""
    faces = [
        {
            "box": face.face.box.as_list(),
            "matches": [{"name": match.name, "distance": match.distance} for match in face.matches],
            "recognized": face.recognized,
        }
        for face in result.faces
    ]
    return {
        "faces": faces,
        "tau": result.tau,
        "metric": result.metric,
        "model": result.model,
        "enrolled": result.enrolled,
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
    """`id, name, added, embeddings, model, faces` with boxes as [left, top, right, bottom]."""
    return {
        "id": result.person.id,
        "name": result.person.name,
        "added": result.added,
        "embeddings": result.person.embeddings,
        "model": result.model,
        "faces": [face.box.as_list() for face in result.faces],
    }


def style_json(frame: StyleFrame, backbone: str) -> Json:
    """`seconds, steps (done), size [height, width], backbone, losses {total, content, style}`."""
    return {
        "seconds": round(frame.seconds, 3),
        "steps": frame.step,
        "size": list(frame.image.shape[:2]),
        "backbone": backbone,
        "losses": {"total": frame.losses.total, "content": frame.losses.content, "style": frame.losses.style},
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
            style_id = gr.Textbox("", label="style_id")
            fast_size = gr.Number(512, label="size", precision=0, minimum=64)
            strength = gr.Number(1.0, label="strength", minimum=0, maximum=1)
            answer, image = gr.JSON(label="answer"), gr.Image(label="picture", type="filepath", format="png")

        faces_event: dict[str, Any] = {"triggers": [], "outputs": answer, "preprocess": False, **FACES_LANE}
        gr.on(fn=self.verify, inputs=[first, second, tau], api_name="verify", **faces_event)
        gr.on(fn=self.verify_claim, inputs=[first, name, tau], api_name="verify_claim", **faces_event)
        gr.on(fn=self.identify, inputs=[first, top_k, tau], api_name="identify", **faces_event)
        gr.on(fn=self.enroll, inputs=[name, pictures, consent, thumbnail], api_name="enroll", **faces_event)
        gr.on(fn=self.people, inputs=[], api_name="people", **faces_event)
        gr.on(
            triggers=[],
            fn=self.style,
            inputs=[content, style_picture, *knobs, *lambdas],
            outputs=[image, answer],
            api_name="style",
            preprocess=False,
            **PAINT_LANE,
        )
        gr.on(
            triggers=[],
            fn=self.style_fast,
            inputs=[content, style_picture, style_id, fast_size, strength],
            outputs=[image, answer],
            api_name="style_fast",
            preprocess=False,
            **FACES_LANE,
        )

    @answering
    def verify(self, request: gr.Request, picture: Any, reference: Any, tau: float | None = None) -> Json:  # noqa: ANN401
        """Are the two pictures of the same person? tau: threshold, by default the model's own."""
        faces = self.ctx.session(request).faces
        return verification_json(faces.verify(self.ctx.decode(picture), self.ctx.decode(reference), tau=tau))

    @answering
    def verify_claim(self, request: gr.Request, picture: Any, name: str, tau: float | None = None) -> Json:  # noqa: ANN401
        """Does the picture show the enrolled person of that name or ID?"""
        faces = self.ctx.session(request).faces
        return verification_json(faces.verify(self.ctx.decode(picture), Claim(name or ""), tau=tau))

    @answering
    def identify(self, request: gr.Request, picture: Any, top_k: float = 5, tau: float | None = None) -> Json:  # noqa: ANN401
        """Who of the enrolled people is each face of the picture, or nobody?"""
        faces = self.ctx.session(request).faces
        return identification_json(faces.identify(self.ctx.decode(picture), top_k=int(top_k), tau=tau))

    @answering
    def enroll(
        self,
        request: gr.Request,
        name: str,
        pictures: Any,  # noqa: ANN401
        consent: bool,
        keep_thumbnail: bool = False,
    ) -> Json:
        """Adds a person, or pictures to a person. consent: the person agreed."""
        decoded = [self.ctx.decode({"path": path}) for path in upload_paths(pictures)]
        result = self.ctx.session(request).faces.enroll(
            name or "", decoded, consent=consent is True, keep_thumbnail=keep_thumbnail is True
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
    ) -> Generator[tuple[Any, Json]]:
        """Paints the content in the manner of the style; the optimisation of Gatys et al. 2016."""
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
            )
            deadline = painting.PUBLIC_DEADLINE_SECONDS if self.ctx.public else None
            frame = None
            with closing(self.ctx.services.stylize(asked)) as frames:
                for frame in frames:
                    yield gr.skip(), {"step": frame.step, "steps": frame.steps}
                    if session.stop.is_set() or (deadline is not None and frame.seconds > deadline):
                        break
            if frame is None:
                raise RuntimeError("the stylisation gave no picture")
            with tempfile.TemporaryDirectory(prefix="facestyle-") as folder:
                yield painting.written(frame.image, folder), style_json(frame, asked.backbone)
        except Exception as error:
            yield None, guard.as_json(error)
        finally:
            session.busy -= 1

    def style_fast(
        self,
        content: Any,  # noqa: ANN401
        style: Any,  # noqa: ANN401
        style_id: str = "",
        size: float = 512,
        strength: float = 1.0,
    ) -> Generator[tuple[Any, Json]]:
        """One pass of a fast network: a learned style by its ID, or any style picture."""
        try:
            known = {known.id for known in self.ctx.services.fast_styles()}
            if style_id and style_id not in known:
                raise UnknownModelError(f"There is no learned style {style_id}. Known: {', '.join(sorted(known))}.")
            if not style_id and style is None:
                raise ImageEmptyError("Give a style picture or the ID of a learned style.")
            image = self.ctx.services.stylize_fast(
                self.ctx.decode_rgba(content),
                style=style_id or self.ctx.decode(style),
                size=int(size),
                strength=float(strength),
            )
            with tempfile.TemporaryDirectory(prefix="facestyle-") as folder:
                yield painting.written(image, folder), {"size": list(image.shape[:2])}
        except Exception as error:
            yield None, guard.as_json(error)
