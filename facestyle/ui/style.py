"""Tab Style transfer: Gatys et al. 2016 with a live preview, and feed-forward networks for a quick look."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any

import gradio as gr

from facestyle.errors import ImageError
from facestyle.style.control import RunControl
from facestyle.style.recipe import read_recipe
from facestyle.style.results import StyleRequest
from facestyle.ui import guard, html, models, painting, plots, region, samples, texts
from facestyle.ui.context import FACES_LANE, LIGHT_LANE, PAINT_LANE, QUIET, RAW, Context
from facestyle.ui.line import Ticket
from facestyle.ui.painting import View
from facestyle.ui.state import Session
from facestyle.ui.style_between import as_weights, follow
from facestyle.ui.style_controls import Controls, preset_of, preset_values, recipe_values
from facestyle.ui.style_extras import StyleExtras
from facestyle.ui.style_forecast import ForecastLine
from facestyle.ui.style_request import make_request
from facestyle.ui.style_result import Result, updates
from facestyle.ui.verify import picture_input


class StyleTab:
    """Lays out the tab and wires it."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=320):
                self._lay_out_pictures()
                self.controls.lay_out_groups()
            with gr.Column(scale=6, min_width=320):
                self.result = Result()
        self.extras = StyleExtras(ctx, self.result, self.controls)
        self._wire()

    def _lay_out_pictures(self) -> None:
        with gr.Row():
            self.content = picture_input(texts.STYLE_CONTENT, "style-content")
            self.style = picture_input(texts.STYLE_STYLE, "style-style")
        self.strip = gr.HTML(samples.strip(samples.STYLE), js_on_load=html.CLICKS, elem_id="style-examples")
        self.controls = Controls(live=not self.ctx.settings.zero_gpu, largest=1024 if self.ctx.public else 4096)
        with gr.Row():
            self.run = gr.Button(texts.STYLE_RUN, variant="primary", elem_id="style-run", scale=2, min_width=120)
            self.stop = gr.Button(texts.STYLE_STOP, variant="stop", visible=False, elem_id="style-stop", scale=2)
            self.pause = gr.Button(texts.STYLE_PAUSE, visible=False, elem_id="style-pause", scale=1, min_width=90)
            self.fast = gr.Button(texts.STYLE_FAST, elem_id="style-fast", scale=1, min_width=150)
        self.forecast = ForecastLine(self.ctx)

    def _wire(self) -> None:
        controls = self.controls
        shown = self.result.shown
        buttons = [self.run, self.stop, self.fast, self.pause]
        locking: dict[str, Any] = {
            "fn": self.on_lock,
            "outputs": [
                self.result.status,
                self.result.curve,
                self.result.pair,
                self.result.download,
                self.result.strength,
                self.result.more_row,
                *controls.lockable,
                *buttons,
            ],
            **QUIET,
        }
        running: dict[str, Any] = {
            "fn": self.on_paint,
            "inputs": {self.content, self.style, controls.second, *controls.knobs},
            "outputs": shown,
            "show_progress": "hidden",  # its own words say more
            **PAINT_LANE,
            **RAW,
        }
        unlocking: dict[str, Any] = {
            "fn": self.on_unlock,
            "outputs": [self.result.status, *controls.lockable, *buttons],
            **QUIET,
        }
        quick: dict[str, Any] = {
            "fn": self.on_fast,
            "inputs": [self.content, self.style],
            "outputs": shown,
            "show_progress_on": self.result.status,
            **FACES_LANE,
            **RAW,
        }
        keeping: dict[str, Any] = {"fn": self.extras.on_history, "outputs": self.result.history, **QUIET}
        for trigger in (self.run.click, self.strip.click, self.result.more.click, self.fast.click):
            trigger(self.extras.on_clear, None, self.extras.cleared, queue=False, **QUIET)
        for trigger in (self.run.click, self.strip.click, self.fast.click):
            trigger(None, js=html.scroll_to("style-status"))
        drawing: dict[str, Any] = {
            "fn": self.on_region,
            "inputs": controls.drawing.editor,
            "show_progress": "hidden",
            **LIGHT_LANE,
            **RAW,
        }
        # What was drawn is read first, and the brush then taken away.
        self.run.click(None, js=region.lock(True))
        self.run.click(**drawing).then(**locking).then(**running).then(**unlocking).then(**keeping).then(
            None, js=region.lock(False)
        )
        filled = [self.content, self.style, controls.alpha, controls.beta]
        example = self.strip.click(self.on_example, None, filled, **QUIET)
        example.then(**locking).then(**running).then(**unlocking).then(**keeping)
        self.content.change(
            self.on_photo, self.content, controls.drawing.editor, show_progress="hidden", **LIGHT_LANE, **RAW
        )
        controls.second.change(self.on_second, controls.second, controls.mix, show_progress="hidden", **RAW)
        controls.presets.click(self.on_preset, None, controls.preset_knobs, **QUIET)
        self.result.more.click(None, js=html.scroll_to("style-status"))
        continuing = {**running, "fn": self.on_more, "inputs": self.result.more_steps}
        self.result.more.click(**locking).then(**continuing).then(**unlocking).then(**keeping)
        self.forecast.wire(self.content, controls)
        self.pause.click(self.on_pause, None, [self.pause, self.result.status], queue=False, **QUIET)
        self.result.strength.input(
            self.on_strength,
            self.result.strength,
            [self.result.pair, self.result.download],
            trigger_mode="always_last",
            **QUIET,
        )
        if not self.ctx.settings.zero_gpu:
            moved = [knob.input for knob in controls.weights]
            gr.on(moved, self.on_weights, {*controls.weights}, None, trigger_mode="always_last", queue=False, **QUIET)
        controls.between.wire(self.ctx, controls.weights, live=not self.ctx.settings.zero_gpu)
        loaded = [self.result.status, *controls.knobs]
        controls.load.upload(self.on_settings, controls.load, loaded, show_progress="hidden", **LIGHT_LANE, **RAW)
        self.stop.click(self.on_stop, None, self.stop, queue=False, **QUIET)
        self.fast.click(**quick).then(**keeping)
        self.extras.wire_quick(self.content, self.style)
        self.extras.wire_result()

    def on_lock(self, request: gr.Request) -> tuple[Any, ...]:
        """Before a run: locks the controls, so that nothing moved meanwhile can claim to have had a part in it."""
        session = self.ctx.session(request)
        if session.busy:
            return (gr.skip(),) * (6 + len(self.controls.lockable) + 4)
        session.stop.clear()
        session.waiting = True
        session.control = RunControl(patience=painting.PUBLIC_PATIENCE_SECONDS if self.ctx.public else None)
        locked = self.controls.locked(True)
        waiting = plots.bar(0, texts.STYLE_WAITING, busy=True)
        stop = gr.Button(visible=True, interactive=True, value=texts.STYLE_STOP)
        pause = gr.Button(visible=not self.ctx.settings.zero_gpu, value=texts.STYLE_PAUSE)
        buttons = (gr.Button(visible=False), stop, gr.Button(interactive=False), pause)
        hidden = (gr.ImageSlider(visible=False), gr.DownloadButton(visible=False))
        return (waiting, "", *hidden, gr.Slider(visible=False), gr.Row(visible=False), *locked, *buttons)

    def on_unlock(self, request: gr.Request) -> tuple[Any, ...]:
        """After a run, or after a queue that was too full for one."""
        session = self.ctx.session(request)
        if session.busy:
            return (gr.skip(),) * (1 + len(self.controls.lockable) + 4)
        never_ran, session.waiting = session.waiting, False
        note = html.notice("warn", texts.QUEUE_FULL) if never_ran else gr.skip()
        free = self.controls.locked(False)
        session.control = None
        hidden = gr.Button(visible=False)
        return (note, *free, gr.Button(visible=True), hidden, gr.Button(interactive=True), hidden)

    def on_paint(self, values: dict[Any, Any], request: gr.Request) -> Generator[tuple[Any, ...]]:
        """Paints, and shows each step that a person can follow."""
        session = self.ctx.session(request)

        def asked() -> tuple[StyleRequest, int]:
            made = make_request(
                self.ctx,
                content=values[self.content],
                style=values[self.style],
                region=session.region,
                **self.controls.read(values),
                backbone=models.backbone(self.ctx, session),
            )
            return made, 0

        yield from self._paint(session, asked, keep_faces=bool(values[self.controls.keep_faces]))

    def on_more(self, steps: float, request: gr.Request) -> Generator[tuple[Any, ...]]:
        """Goes on from the last painting, with the settings that it has."""
        session = self.ctx.session(request)

        def asked() -> tuple[StyleRequest, int] | None:
            painted = session.painted
            made = None if painted is None else painted.continued(int(steps))
            return None if painted is None or made is None else (made, painted.steps)

        yield from self._paint(session, asked)

    def _paint(
        self, session: Session, asked: Callable[[], tuple[StyleRequest, int] | None], *, keep_faces: bool = False
    ) -> Generator[tuple[Any, ...]]:
        if session.busy:
            yield updates(View())  # a generator that yields nothing would empty the page
            return
        session.waiting = False
        session.busy += 1
        try:
            found = asked()
            if found is None:
                nothing = (texts.STYLE_NOTHING_TO_CONTINUE, texts.STYLE_NOTHING_TO_CONTINUE_HINT)
                yield updates(View(status=html.notice("warn", *nothing)))
                return
            made, done_before = found
            with self.ctx.line.standing() as ticket:
                for place in self.ctx.line.waiting(ticket, give_up=session.stop.is_set):
                    yield updates(View(status=painting.in_line(place)))
                yield from self._run(session, made, done_before, ticket, keep_faces=keep_faces)
        except Exception as error:
            yield updates(View(status=guard.explain(error)))
        finally:
            session.busy -= 1

    def _run(
        self, session: Session, made: StyleRequest, done_before: int, ticket: Ticket, *, keep_faces: bool
    ) -> Generator[tuple[Any, ...]]:
        before = session.painted if done_before else None
        running = painting.paint(
            self.ctx.services,
            session,
            made,
            deadline=painting.PUBLIC_DEADLINE_SECONDS if self.ctx.public else None,
            done_before=done_before,
            reel=None if before is None else before.reel,
            keep_faces=keep_faces,
        )
        for view in running:
            ticket.left = view.seconds_left
            yield updates(view)

    def on_fast(self, content: object, style: object, request: gr.Request) -> Generator[tuple[Any, ...]]:
        """Paints in one pass."""
        if self.ctx.session(request).busy:
            yield updates(View())
            return
        try:
            pixels = self.ctx.decode_rgba(content)
            wanted = self.ctx.decode(style)
            for view in painting.preview(self.ctx.services, self.ctx.session(request), content=pixels, style=wanted):
                yield updates(view)
        except Exception as error:
            yield updates(View(status=guard.explain(error)))

    def on_stop(self, request: gr.Request) -> gr.Button:
        """Asks the run to end with the picture it has; it does within one step."""
        self.ctx.session(request).end_run()
        return gr.Button(value=texts.STYLE_STOPPING, interactive=False)

    def on_example(self, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """Fills in an example."""
        if self.ctx.session(request).busy:
            return (gr.skip(),) * 4
        self.ctx.session(request).region = None  # the drawing was for another photo
        example = samples.STYLE[int(event.id)]
        content, style = example.pictures
        return samples.path(content), samples.path(style), example.alpha, 1.0

    def on_pause(self, request: gr.Request) -> tuple[Any, ...]:
        """Lets the run wait, or go on."""
        control = self.ctx.session(request).control
        if control is None or control.stopped:
            return gr.skip(), gr.skip()
        if control.paused:
            control.resume()
            return gr.Button(value=texts.STYLE_PAUSE), gr.skip()
        control.pause()
        return gr.Button(value=texts.STYLE_RESUME), painting.paused()

    def on_weights(self, values: dict[Any, Any], request: gr.Request) -> None:
        """A run that is going on follows the sliders of its weights."""
        follow(self.ctx.session(request), as_weights([values[knob] for knob in self.controls.weights]))

    def on_strength(self, percent: float, request: gr.Request) -> Generator[tuple[Any, ...]]:
        """Blends the finished painting with its photo, without a new run."""
        session = self.ctx.session(request)
        painted, strength = session.painted, float(percent) / 100
        if painted is None or session.busy or painted.strength == strength:
            yield gr.skip(), gr.skip()
            return
        session.painted = replace(painted, strength=strength)
        for view in painting.finished(session.painted):
            yield gr.ImageSlider(value=view.pair), gr.DownloadButton(value=view.file)

    def on_settings(self, payload: object, request: gr.Request) -> tuple[Any, ...]:
        """Sets the knobs as they were for that picture."""
        skipped = (gr.skip(),) * len(self.controls.knobs)
        if self.ctx.session(request).busy:
            return gr.skip(), *skipped
        try:
            file = self.ctx.upload(payload)
            recipe = read_recipe(file.read_bytes() if file else b"")
        except Exception as error:
            return guard.explain(error), *skipped
        values, clipped = recipe_values(self.controls, recipe)
        said = [texts.STYLE_SETTINGS_HINT.format(version=recipe.version, backbone=recipe.backbone)]
        said += [texts.STYLE_SETTINGS_CLIPPED] if clipped else []
        said += [texts.STYLE_SETTINGS_MASKED] if recipe.masked else []
        return html.notice("good", texts.STYLE_SETTINGS_LOADED, " ".join(said)), *values

    def on_region(self, value: object, request: gr.Request) -> None:
        """Before a run: takes what was drawn over the photo."""
        session = self.ctx.session(request)
        if not session.busy:
            try:
                session.region = self.controls.drawing.mask(self.ctx, value)
            except ImageError:  # no browser sends such a thing
                session.region = None

    def on_photo(self, content: object) -> dict[str, Any] | None:
        """A new photo lies under the brush, with nothing drawn on it."""
        return region.ground(self.ctx, content)

    def on_second(self, second: object) -> gr.Slider:
        """There is something to mix only with a second painting."""
        return gr.Slider(visible=second is not None)

    def on_preset(self, event: gr.EventData, request: gr.Request) -> tuple[Any, ...]:
        """Sets the sliders."""
        if self.ctx.session(request).busy:
            return (gr.skip(),) * len(self.controls.preset_knobs)
        return preset_values(preset_of(str(event.id)))
