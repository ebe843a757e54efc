"""ZeroGPU Spaces: a GPU is lent for the length of one call, which runs in a forked process of its own.

Only the optimisation of a style transfer asks for it, where a GPU saves most of a minute. A face call and a fast style
take some tenths of a second on the CPU: less than the wait for a GPU, which would also count against the visitor's
quota. What a lent call changes stays in its process, so only a pure function may be lent: a request in, pictures out.

Source: the `spaces` package, whose decorator sends arguments and results through queues and turns an exception into its
class name; and https://huggingface.co/docs/hub/spaces-zerogpu.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from typing import Protocol

from facestyle.errors import FacestyleError, GpuNotLentError
from facestyle.settings import Settings
from facestyle.style.control import RunControl
from facestyle.style.results import StyleFrame, StyleRequest


class Stylize(Protocol):
    """`facestyle.style.service.stylize`."""

    def __call__(self, request: StyleRequest, control: RunControl | None = None) -> Generator[StyleFrame]:
        """Frames of a run; `control` steers it from another thread."""
        ...


_START_SECONDS = 15.0
"""For moving the network there and for the first convolutions."""

_STEP_SECONDS = 0.03
"""For one evaluation at 512 px. An estimate on the safe side, not a measurement; it bounds what a run may take."""

_MOST_SECONDS = 120.0


def duration(request: StyleRequest) -> int:
    """For how many seconds a run asks for the GPU; who asks for less waits less."""
    return round(min(_MOST_SECONDS, _START_SECONDS + request.steps * _STEP_SECONDS * (request.size / 512) ** 2))


def lent(stylize: Stylize, settings: Settings) -> Stylize:
    """`stylize` on a lent GPU where the app runs on a ZeroGPU Space; elsewhere `stylize` itself.

    Args:
        stylize: A pure function of the request. On ZeroGPU it runs in another process, with CUDA, where no `control`
            reaches it: such a run can be stopped, but neither paused nor reweighed.
        settings: Whether this is a ZeroGPU Space.

    Raises:
        GpuNotLentError: From the generator: no GPU was to be had, or it was taken back.
        FacestyleError: From the generator: whatever `stylize` refuses.
    """
    if not settings.zero_gpu:
        return stylize
    import spaces

    def task(request: StyleRequest) -> Generator[StyleFrame | FacestyleError]:
        # An exception would reach the other process as the name of its class; as a value it keeps its sentence.
        try:
            with closing(stylize(request)) as frames:
                yield from frames
        except FacestyleError as error:
            yield error

    on_gpu: Callable[[StyleRequest], Generator[StyleFrame | FacestyleError]] = spaces.GPU(duration=duration)(task)

    def run(request: StyleRequest, control: RunControl | None = None) -> Generator[StyleFrame]:
        with closing(on_gpu(request)) as answers:
            while True:
                try:
                    answer = next(answers)
                except StopIteration:
                    return
                except Exception as error:
                    # The package's own errors are Gradio's, with a title and a sentence for the visitor: the quota is
                    # used up, nobody is signed in, all GPUs are taken.
                    reason = str(getattr(error, "message", "") or "").strip()
                    raise GpuNotLentError(
                        f"No GPU could be lent for this painting{f': {reason}' if reason else ''}. "
                        "Try again later, or take a fast style, which needs none."
                    ) from error
                if isinstance(answer, FacestyleError):
                    raise answer
                yield answer

    return run
