"""What a person chose on the Fast styles tab, and the style that is: a tile, a painting, or between two of a kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from facestyle.errors import InvalidRequestError, UnknownModelError
from facestyle.ui import painting, texts
from facestyle.ui.context import Context
from facestyle.ui.hub_styles import check_here

if TYPE_CHECKING:
    from facestyle.style.fast import AnyFastStyle


@dataclass(frozen=True, slots=True)
class FastChoice:
    """The values of the controls.

    Attributes:
        style: Upload of a painting.
        chosen: ID of the learned style; empty for the painting.
        second: ID of the learned style to mix in, beside a learned style.
        second_picture: Upload of the painting to mix in, beside a painting.
        share: Of the second, 0 to 1.
    """

    style: object
    chosen: str | None = ""
    second: str | None = None
    second_picture: object = None
    share: float = 0.5


def chosen_style(ctx: Context, choice: FastChoice) -> tuple[AnyFastStyle, str]:
    """What `stylize_fast` takes, and what people call it.

    Raises:
        UnknownModelError: There is no learned style of that ID.
        WeightsMissingError: Its network is not here.
        InvalidRequestError: Neither a learned style nor a painting was given.
        ImageError: A painting can't be read.
    """
    if choice.chosen:
        first = known(ctx, choice.chosen)
        if not choice.second:
            return first, painting.style_name(ctx.services, first)
        other = known(ctx, choice.second)
        names = [painting.style_name(ctx.services, style_id) for style_id in (first, other)]
        words = texts.FAST_MIXED.format(first=names[0], second=names[1], share=round(100 * choice.share))
        return ctx.services.mix(first, other, choice.share), words
    if choice.style is None:
        raise InvalidRequestError(texts.FAST_NO_STYLE)
    picture = ctx.decode(choice.style)
    if choice.second_picture is None:
        return picture, texts.STYLE_GIVEN
    words = texts.FAST_MIXED_PICTURES.format(share=round(100 * choice.share))
    return ctx.services.mix(picture, ctx.decode(choice.second_picture), choice.share), words


def known(ctx: Context, style_id: str) -> str:
    """The ID, if there is such a style and its network is here: nothing is downloaded unasked.

    Raises:
        UnknownModelError: There is none.
        InvalidRequestError: It is not here, and strangers share the page.
        WeightsMissingError: It is not here yet.
    """
    styles = [style.id for style in ctx.services.fast_styles()]
    if style_id not in styles:
        raise UnknownModelError(f"There is no learned style {style_id}. Known: {', '.join(sorted(styles))}.")
    check_here(ctx, style_id)
    return style_id
