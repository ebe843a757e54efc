"""Who may ask how much of the page at once, whose turn it is, and what is remembered of whom.

Gradio's queue serves each lane in the order of arrival and counts all callers together, so that one who asks a hundred
times keeps everybody else waiting. Here each session and each address may have a bounded number of calls waiting, and
within a lane addresses take turns, and sessions within an address (Nagle 1987, "On packet switches with infinite
storage": fair queueing).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, Final, cast

import fastapi
import gradio as gr
from gradio.data_classes import PredictBodyInternal
from gradio.exceptions import InvalidPathError
from gradio.queueing import Event, Queue
from gradio.state_holder import SessionState, StateHolder
from gradio.utils import LRUCache
from pydantic import ValidationError

from facestyle.errors import TooManyCallsError
from facestyle.ui import texts

MOST_OF_A_SESSION: Final = 8
"""Calls that wait. A page that is clicked as fast as people can has three or four."""

MOST_OF_AN_ADDRESS: Final = 64
"""A classroom may share one."""

MOST: Final = 256
"""In all; what is beyond is told to come back."""


class Unfetched(LRUCache[str, Any]):
    """Answers by session; one that has gone may be dropped twice, as Gradio does when its stream breaks off."""

    def __delitem__(self, key: str) -> None:
        if key in self:
            super().__delitem__(key)


class FairQueue(Queue):
    """Gradio's queue, with a bound for each caller, and turns; it keeps nothing of calls that are over."""

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - Gradio's
        super().__init__(*args, **options)
        # Its table of the last 10,000 calls is for a page of Gradio's that is closed here, and is counted up anew, as a
        # data frame, after every call.
        self.ANALYTICS_MAX_EVENTS = 0
        # What a caller without a tab left unfetched has no end of its own; Gradio bounds the answers, not their names.
        most = self.pending_messages_per_session.max_size
        self.pending_messages_per_session = Unfetched(most)
        self.pending_event_ids_session = LRUCache(most)

    async def push(self, body: PredictBodyInternal, request: fastapi.Request, username: str | None) -> Any:  # noqa: ANN401
        """Lets a call wait for its turn.

        Raises:
            TooManyCallsError: The session or its address has too many waiting, or all together have.
        """
        waiting = [event for lane in self.event_queue_per_concurrency_id.values() for event in lane.queue]
        for mine, most, sentence in (
            (sum(event.session_hash == body.session_hash for event in waiting), MOST_OF_A_SESSION, texts.CALLS_SESSION),
            (
                sum(address(event.request) == address(request) for event in waiting),
                MOST_OF_AN_ADDRESS,
                texts.CALLS_ADDRESS,
            ),
            (len(waiting), MOST, texts.CALLS_ALL),
        ):
            if mine >= most:
                raise TooManyCallsError(sentence.format(count=mine))
        answer = await super().push(body, request, username)
        for lane in self.event_queue_per_concurrency_id.values():
            if any(event._id == body.event_id for event in lane.queue):
                self._take_turns(lane.queue, lane.concurrency_id)
                self.broadcast_estimations(lane.concurrency_id)
        return answer

    def _take_turns(self, lane: list[Event], name: str) -> None:
        """Orders a lane; who is being served has had that turn."""
        served = [event for job in self.active_jobs for event in job or () if event.concurrency_id == name]
        lane.sort(key=lambda event: event.enqueue_time)
        by_session = in_turns(lane, lambda event: event.session_hash, served)
        lane[:] = in_turns(by_session, lambda event: address(event.request), served)


def in_turns(waiting: Sequence[Event], caller: Callable[[Event], Hashable], served: Iterable[Event]) -> list[Event]:
    """The first of each caller, then the second of each, and so on; otherwise in the order given."""
    turns = Counter(caller(event) for event in served)
    ranked = []
    for place, event in enumerate(waiting):
        ranked.append((turns[caller(event)], place))
        turns[caller(event)] += 1
    return [waiting[place] for _, place in sorted(ranked)]


def address(request: fastapi.Request | gr.Request | None) -> str:
    """Where a call comes from; what a trusted proxy says of it has been heard by the server already."""
    client = None if request is None else getattr(request, "client", None)
    return "" if client is None else str(client.host)


class Page(gr.Blocks):
    """A page whose queue is fair, and for whose visitors the server fetches nothing."""

    def queue(self, *args: Any, **options: Any) -> Page:  # noqa: ANN401 - Gradio's
        """Gradio's own, but no call may go around the queue."""
        super().queue(*args, **options, api_open=False)
        made = self._queue
        self._queue = FairQueue(
            live_updates=made.live_updates,
            concurrency_count=made.max_thread_count,
            update_intervals=made.update_intervals,
            max_size=None,
            blocks=self,
            default_concurrency_limit=made.default_concurrency_limit,
        )
        return self

    def close_session(self, session: str | None) -> None:
        """Notes that a session is closed; Gradio's own note has gone where a new session came before the unloading."""
        if session is not None and session in self.state_holder.session_data:
            self.state_holder.session_data[session].is_closed = True

    async def preprocess_data(self, block_fn: Any, inputs: list[Any], *args: Any, **options: Any) -> Any:  # noqa: ANN401
        """Gradio's own; it would download whatever address an input names as its file, and logs what it refuses.

        Raises:
            gr.Error: An input names an address, or a file that nobody uploaded, or is none that Gradio knows.
        """
        if names_address(inputs):
            raise gr.Error(texts.UPLOAD_ADDRESS, print_exception=False)
        try:
            return await super().preprocess_data(block_fn, inputs, *args, **options)
        except InvalidPathError:
            raise gr.Error(texts.UPLOAD_GONE, print_exception=False) from None
        except ValidationError:  # its text holds what was sent
            raise gr.Error(texts.CALL_MALFORMED, print_exception=False) from None


def names_address(value: object) -> bool:
    """Whether a file among the inputs is to be fetched from somewhere."""
    if isinstance(value, Mapping):
        return "://" in str(value.get("path") or "") or any(names_address(part) for part in value.values())
    return isinstance(value, list | tuple) and any(names_address(part) for part in value)


class Remains(StateHolder):
    """What Gradio keeps of the sessions: nothing of those that are closed, and of each no copy of the page.

    Gradio's own keeps a closed one until a thousand others came. In a public app, where each visitor is one, memory
    would grow for as long as it runs.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def __getitem__(self, session_id: str) -> SessionState:
        """Gradio's own; a session that is new makes those that are closed go."""
        if session_id not in self.session_data:
            queue = self.blocks._queue
            running = {event.session_hash for event in list(queue.event_ids_to_events.values())}
            for key, session in list(self.session_data.items()):
                if session.is_closed and key not in running:
                    self.session_data.pop(key, None)
                    self.time_last_used.pop(key, None)
                    # Answers that a program asked for one by one stay there, read or not.
                    queue.pending_messages_per_session.pop(key, None)
                    queue.pending_event_ids_session.pop(key, None)
            self.session_data[session_id] = Remain(self.blocks)
        return super().__getitem__(session_id)


class Remain(SessionState):
    """Of one session: its `gr.State` values and the components that were changed for it.

    Gradio's own also has the description of every component, the values of the last call in it, 0.8 MB a session, from
    which a link to the page as it stands could be made. Such links are closed here (`security`).
    """

    def __init__(self, blocks: gr.Blocks) -> None:
        # It describes the components that are among `blocks.blocks`.
        super().__init__(cast("gr.Blocks", SimpleNamespace(default_config=blocks.default_config, blocks={})))

    def __setitem__(self, key: int, value: Any) -> None:  # noqa: ANN401 - Gradio's
        """Gradio's own, without the description."""
        super().__setitem__(key, value)
        self.config_values.clear()

    def _update_config(self, key: int) -> None:
        pass

    def _update_value_in_config(self, key: int, value: Any) -> None:  # noqa: ANN401 - Gradio's
        pass
