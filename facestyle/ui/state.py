"""What one browser session has: its gallery, its last comparison, its Stop flag. Nothing of it outlives the session.

`gr.State` would keep values for an hour after a tab closed; here `Sessions.forget`, called by `Blocks.unload`, wipes
them at once, and a clock wipes what a lost connection left behind.
"""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from facestyle.faces.gallery.base import Gallery
from facestyle.faces.results import Verification
from facestyle.ui.services import Services

if TYPE_CHECKING:
    from facestyle.faces.service import FaceService

log = logging.getLogger(__name__)

IDLE_SECONDS = 30 * 60
"""A public session's gallery is wiped after so long without a call."""

MAX_SESSIONS = 2000
"""Beyond this many, the one idle for longest makes room: sessions are free to make, so they must be bounded."""


@dataclass
class Session:
    """One browser tab, or one API client.

    Attributes:
        open_gallery: Opens the gallery that this session sees, and the face service over it. Called when first needed,
            so that a damaged gallery file refuses the tabs that read it and no others.
        open_model: Makes the face service with another embedder than the one on board.
        model: Catalogue ID of the embedder that was chosen; None for the one on board.
        last: The last comparison, to be decided anew when tau moves.
        stop: Set when the running stylisation shall end.
        waiting: Whether a stylisation was asked for and has not begun.
        busy: How many runs are going on; the clock leaves a busy session alone.
        touched: Clock reading of the last call.
    """

    open_gallery: Callable[[], tuple[Gallery, FaceService]]
    open_model: Callable[[Gallery, str], FaceService]
    model: str | None = None
    last: Verification | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    busy: int = 0
    waiting: bool = False
    touched: float = 0.0
    _chosen: FaceService | None = None

    @property
    def gallery(self) -> Gallery:
        """The people this session sees."""
        return self.open_gallery()[0]

    @property
    def faces(self) -> FaceService:
        """The face service over that gallery, with the embedder that was chosen."""
        if self.model is None:
            return self.open_gallery()[1]
        if self._chosen is None:
            self._chosen = self.open_model(self.gallery, self.model)
        return self._chosen

    def use(self, faces: FaceService) -> None:
        """Goes on with that face service; the last comparison was another model's, so nothing is left to decide."""
        self.last = None
        self._chosen = faces
        self.model = faces.model


class Sessions:
    """The sessions by their hash.

    On this machine all share one gallery, the local file. In public each has its own, in memory.

    Args:
        services: Makes galleries and face services.
        idle_seconds: After so long without a call the clock forgets a session.
        max_sessions: The most sessions kept.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        services: Services,
        *,
        idle_seconds: float = IDLE_SECONDS,
        max_sessions: int = MAX_SESSIONS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._services = services
        self._idle_seconds = idle_seconds
        self._max_sessions = max_sessions
        self._clock = clock
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._sessions: dict[str, Session] = {}
        self._shared: tuple[Gallery, FaceService] | None = None
        self._models: dict[str, str] = {}

    @property
    def public(self) -> bool:
        """Whether each session has a gallery of its own."""
        return self._services.settings.is_public

    def __len__(self) -> int:
        return len(self._sessions)

    def get(self, key: str | None) -> Session:
        """The session of that hash, made on first sight; without a hash, one that nobody can come back to."""
        with self._lock:
            self._sweep()
            session = self._sessions.get(key) if key else None
            if session is None:
                session = self._make()
                if key:
                    session.model = self._models.pop(key, None)
                    self._sessions[key] = session
            session.touched = self._clock()
            return session

    def forget(self, key: str | None) -> None:
        """Stops what a session runs and wipes what it has; called when its tab closes."""
        with self._lock:
            session = self._sessions.pop(key, None) if key else None
            self._models.pop(key or "", None)
        if session is not None:
            self._wipe(session)

    def sweep(self) -> None:
        """Forgets every session that was idle for too long."""
        with self._lock:
            self._sweep()

    def close(self) -> None:
        """Forgets all sessions and closes the shared gallery."""
        with self._lock:
            sessions = list(self._sessions.values())
            self._sessions.clear()
            self._models.clear()
            shared, self._shared = self._shared, None
        for session in sessions:
            self._wipe(session)
        if shared is not None:
            shared[0].close()

    def _make(self) -> Session:
        while len(self._sessions) >= self._max_sessions:
            oldest = min(self._sessions, key=lambda key: self._sessions[key].touched)
            self._drop(oldest)
        return Session(
            open_gallery=functools.cache(self._open_own) if self.public else self._open_shared,
            open_model=self._services.faces,
        )

    def _open_own(self) -> tuple[Gallery, FaceService]:
        gallery = self._services.session_gallery()
        return gallery, self._services.faces(gallery)

    def _open_shared(self) -> tuple[Gallery, FaceService]:
        with self._opening:
            if self._shared is None:
                gallery = self._services.local_gallery()
                self._shared = (gallery, self._services.faces(gallery))
            return self._shared

    def _sweep(self) -> None:
        limit = self._clock() - self._idle_seconds
        idle = [key for key, session in self._sessions.items() if session.touched < limit and not session.busy]
        for key in idle:
            self._drop(key)

    def _drop(self, key: str) -> None:
        session = self._sessions.pop(key)
        if session.model is not None:
            # The tab may be open still, with that model's threshold on its slider: coming back, it must not be answered
            # by another model under it.
            while len(self._models) >= self._max_sessions:
                del self._models[next(iter(self._models))]
            self._models[key] = session.model
        self._wipe(session)

    def _wipe(self, session: Session) -> None:
        session.stop.set()
        session.last = None
        if self.public:
            session.gallery.clear()
            session.gallery.close()


def start_clock(sessions: Sessions, every_seconds: float = 60.0) -> threading.Event:
    """Sweeps idle sessions in the background until the returned event is set."""
    ended = threading.Event()

    def tick() -> None:
        while not ended.wait(every_seconds):
            try:
                sessions.sweep()
            except Exception as error:
                log.error("Sweeping idle sessions failed: %s", type(error).__name__)

    threading.Thread(target=tick, name="facestyle-sessions", daemon=True).start()
    return ended
