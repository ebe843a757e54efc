"""A running training as HTML: figures, curves, maps, histograms, and the triplets that are hardest."""

from __future__ import annotations

from dataclasses import dataclass, field

from facestyle.learning.results import Epoch, Figures, HardTriplet, TrainingStep
from facestyle.ui import html, learning_plots, plots, texts


@dataclass
class Watched:
    """What was seen of a training so far.

    Attributes:
        losses: Of each step.
        active: Share of active triplets of each step.
        steps: Of the whole training.
        first: The network as it began.
        last: As it is now.
    """

    losses: list[float] = field(default_factory=list)
    active: list[float] = field(default_factory=list)
    steps: int = 0
    first: Epoch | None = None
    last: Epoch | None = None

    def note(self, frame: TrainingStep | Epoch) -> None:
        """One more frame."""
        if isinstance(frame, Epoch):
            self.first, self.last = self.first or frame, frame
        else:
            self.losses.append(frame.loss)
            self.active.append(frame.active)
            self.steps = frame.steps


def bar(step: TrainingStep) -> str:
    """How far, and for how long still."""
    left = texts.STYLE_LEFT.format(time=html.duration(step.seconds_left))
    words = texts.LEARN_EPOCH.format(epoch=step.epoch, epochs=step.epochs)
    return plots.bar(step.step / step.steps, f"{words}, {left}")


def panel(seen: Watched, *, scored: bool) -> str:
    """Everything that is known of a training.

    Args:
        seen: Its frames.
        scored: Whether a logistic head decides, so that scores are minus log-odds rather than distances.
    """
    first, last = seen.first, seen.last
    if first is None or last is None:
        return ""
    axis = texts.LEARN_AXIS_SCORE if scored else texts.LEARN_AXIS
    steps = max(seen.steps, len(seen.losses), 1)
    cards = [
        learning_plots.curve(seen.losses, steps, title=texts.LEARN_LOSS_CURVE, name="total"),
        learning_plots.curve(seen.active, steps, title=texts.LEARN_ACTIVE, name="style", percent=True),
        learning_plots.plane(last.trained_map, title=texts.LEARN_MAP_TRAINED),
        learning_plots.plane(last.held_out_map, title=texts.LEARN_MAP_HELD_OUT),
        learning_plots.histogram(last.trained, title=texts.LEARN_HISTOGRAM_TRAINED, axis=axis),
        learning_plots.histogram(last.held_out, title=texts.LEARN_HISTOGRAM_HELD_OUT, axis=axis),
    ]
    return f'{tiles(first, last)}<div class="fs-plots">{"".join(cards)}</div>{hardest(last.hardest)}'


def tiles(first: Epoch, last: Epoch) -> str:
    """The figures on people never seen, beside those before the training and those on people learnt from."""
    rows = [
        (texts.LEARN_ACCURACY, texts.LEARN_ACCURACY_HINT, _accuracy),
        (texts.LEARN_AUC, texts.LEARN_AUC_HINT, lambda found: f"{found.auc:.3f}"),
        (texts.LEARN_EER, texts.LEARN_EER_HINT, lambda found: f"{100 * found.eer:.1f} %"),
    ]
    body = "".join(
        f'<tr><th scope="row">{html.esc(name)}<small>{html.esc(hint)}</small></th>'
        f"<td>{say(first.held_out)}</td><td><b>{say(last.held_out)}</b></td><td>{say(last.trained)}</td></tr>"
        for name, hint, say in rows
    )
    heads = (texts.LEARN_BEFORE, texts.LEARN_NOW, texts.LEARN_TRAINED)
    head = "".join(f'<th scope="col">{html.esc(words)}</th>' for words in heads)
    return (
        f'<table class="fs-table fs-figures"><thead><tr><th scope="col">{html.esc(texts.LEARN_FIGURES)}</th>{head}</tr>'
        f"</thead><tbody>{body}</tbody></table>"
    )


def hardest(triplets: tuple[HardTriplet, ...]) -> str:
    """The triplets of the highest loss, as pictures."""
    rows = "".join(_triplet(each) for each in triplets)
    return html.section(html.esc(texts.LEARN_HARDEST), f'<div class="fs-hardest">{rows}</div>') if rows else ""


def _triplet(found: HardTriplet) -> str:
    figures = []
    for picture, name, role in zip(found.pictures, found.names, texts.TRIPLET_ROLES, strict=True):
        alt = texts.LEARN_TRIPLET_ALT.format(role=role, name=html.isolated(name))
        image = html.data_uri(learning_plots.enlarged(picture))
        caption = f"{html.esc(role[0])} {html.name(name)}"
        figures.append(f'<figure><img src="{image}" alt="{html.esc(alt)}"><figcaption>{caption}</figcaption></figure>')
    words = texts.LEARN_TRIPLET.format(
        positive=html.number(found.positive), negative=html.number(found.negative), loss=html.number(found.loss)
    )
    return f'<div class="fs-hard-triplet">{"".join(figures)}<p>{html.esc(words)}</p></div>'


def done(seen: Watched, *, stopped: str = "") -> str:
    """What came of it."""
    first, last = seen.first, seen.last
    if first is None or last is None:
        return html.notice("plain", texts.LEARN_STOPPED_EARLY)
    epochs = texts.LEARN_EPOCHS_ONE if last.epoch == 1 else texts.LEARN_EPOCHS_MANY.format(count=last.epoch)
    title = (stopped or texts.LEARN_DONE).format(epochs=epochs, time=html.duration(last.seconds))
    words = texts.LEARN_RESULT.format(before=f"{first.held_out.auc:.3f}", after=f"{last.held_out.auc:.3f}")
    if last.held_out.accuracy is not None:
        words += " " + texts.LEARN_RESULT_ACCURACY.format(percent=f"{100 * last.held_out.accuracy:.1f}")
    return html.notice("plain" if stopped else "good", title, words)


def _accuracy(found: Figures) -> str:
    return "–" if found.accuracy is None else f"{100 * found.accuracy:.1f} %"
