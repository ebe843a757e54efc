"""What one browser session has: its gallery, its last comparison, its Stop flag. Nothing of it outlives the session.

`gr.State` would keep values for an hour after a tab closed; here `Sessions.forget`, called by `Blocks.unload`, wipes
them at once, and a clock wipes what a lost connection left behind.
"""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from facestyle import heap
from facestyle.accounts import Account, Accounts
from facestyle.errors import NotAllowedError
from facestyle.faces.gallery.base import Gallery
from facestyle.faces.gallery.readonly import ReadOnlyGallery, refuse
from facestyle.faces.results import Probes, Verification
from facestyle.learning.triplet import OneTriplet
from facestyle.style.control import RunControl
from facestyle.ui import uploads
from facestyle.ui.history import History
from facestyle.ui.job import Job
from facestyle.ui.layers_state import Looking
from facestyle.ui.people_html import View
from facestyle.ui.services import Services
from facestyle.ui.undo import Undo

if TYPE_CHECKING:
    from facestyle.faces.album.results import AlbumResult
    from facestyle.faces.service import FaceService
    from facestyle.ui.camera import PaintedStream
    from facestyle.ui.painting import Painted
    from facestyle.ui.streams import Stream

log = logging.getLogger(__name__)

IDLE_SECONDS = 30 * 60
"""A public session's gallery is wiped after so long without a call."""

MAX_SESSIONS = 2000
"""Sessions are free to make, so they must be bounded: beyond this many, the address that has most of them loses one."""

MAX_OF_AN_ADDRESS = 200
"""Beyond this many, the address's own that was idle for longest makes room; other people's stay."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Catalogue IDs of the models that a session works with; None for the one on board."""

    embedder: str | None = None
    detector: str | None = None
    backbone: str | None = None


ON_BOARD = Choice()


@dataclass
class Session:
    """One browser tab, or one API client.

    Attributes:
        open_gallery: Opens the gallery that this session sees, and the face service over it. Called when first needed,
            so that a damaged gallery file refuses the tabs that read it and no others.
        open_model: Makes the face service with the embedder and the detector that were chosen.
        may_change: Whether this session may change the gallery that it sees.
        choice: The models that were chosen.
        last: The last comparison, to be decided anew when tau moves.
        triplet: The last triplet that was measured, to be judged anew when its margin moves.
        identified: The picture that Identify looked at and its faces, to be decided anew when tau moves.
        live: The camera stream that is running.
        album: The last album that was grouped, to enrol a group of it.
        stop: Set when the running stylisation shall end.
        grouping: The grouping of an album; stopped, it leaves no groups.
        control: Steers the stylisation that is going on or waits for its turn.
        painted: The last painting, to be blended with its photo or gone on with.
        history: The last paintings, to be brought back.
        region: Where the next stylisation shall paint, as it was drawn; None for everywhere.
        waiting: Whether a stylisation was asked for and has not begun.
        busy: How many runs are going on; the clock leaves a busy session alone.
        quick: The last painting of the Fast styles tab.
        painted_stream: The camera stream that is being painted.
        filming: The painting of a clip; stopped, it is given up.
        painting_many: The painting of an album; stopped, it ends with what it has.
        looking: What the Layers tab shows, and whether it is being found.
        training: The training of a network; stopped, it keeps what was learnt.
        touched: Clock reading of the last call.
        address: Where it was opened from.
        download: Set to end the download that is going on; None while there is none.
        refused: By place and kind of override, the digest of the enrolment that was refused; see `overrides`.
        view: Which part of the list of people is looked at.
        undo: Whom this session deleted a moment ago.
        uploads: Files of people: the pictures that somebody was enrolled with, and archives.
    """

    open_gallery: Callable[[], tuple[Gallery, FaceService]]
    open_model: Callable[[Gallery, str | None, str | None], FaceService]
    may_change: bool = True
    choice: Choice = ON_BOARD
    last: Verification | None = None
    triplet: OneTriplet | None = None
    identified: tuple[Path, Probes] | None = None
    live: Stream | None = None
    album: AlbumResult | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    grouping: Job = field(default_factory=Job)
    busy: int = 0
    control: RunControl | None = None
    painted: Painted | None = None
    history: History = field(default_factory=History)
    region: npt.NDArray[np.uint8] | None = None
    waiting: bool = False
    quick: Painted | None = None
    painted_stream: PaintedStream | None = None
    filming: Job = field(default_factory=Job)
    painting_many: Job = field(default_factory=Job)
    looking: Looking = field(default_factory=Looking)
    training: Job = field(default_factory=Job)
    touched: float = 0.0
    address: str = ""
    download: threading.Event | None = None
    refused: dict[tuple[str, str], str] = field(default_factory=dict)
    view: View = field(default_factory=View)
    undo: Undo = field(default_factory=Undo)
    uploads: uploads.Uploads = field(default_factory=dict)
    _chosen: FaceService | None = None

    @property
    def model(self) -> str | None:
        """Catalogue ID of the embedder that was chosen; None for the one on board."""
        return self.choice.embedder

    @property
    def gallery(self) -> Gallery:
        """The people this session sees."""
        return self.open_gallery()[0]

    def check_may_change(self) -> None:
        """Refuse before any work whoever may not change the gallery; the gallery itself refuses too.

        Raises:
            NotAllowedError: This session may not.
        """
        if not self.may_change:
            refuse()

    @property
    def faces(self) -> FaceService:
        """The face service over that gallery, with the embedder and the detector that were chosen."""
        if self.choice.embedder is None and self.choice.detector is None:
            return self.open_gallery()[1]
        if self._chosen is None:
            self._chosen = self.open_model(self.gallery, self.choice.embedder, self.choice.detector)
        return self._chosen

    def note_uploads(self, files: Iterable[Path]) -> None:
        """Remembers uploads as files of people."""
        for file in files:
            uploads.note(self.uploads, file)

    def use(self, faces: FaceService) -> None:
        """Goes on with that face service; what the last one found was another model's, so nothing is left of it."""
        self.last = self.live = self.album = self.triplet = self.identified = None
        self._chosen = faces
        self.choice = replace(self.choice, embedder=faces.model, detector=faces.detector.model)

    def paint_with(self, backbone: str) -> None:
        """Paints with that feature network from the next run on."""
        self.choice = replace(self.choice, backbone=backbone)

    @contextmanager
    def downloading(self) -> Iterator[threading.Event]:
        """While a download goes on: the event that ends it."""
        self.download = event = threading.Event()
        try:
            yield event
        finally:
            self.download = None

    def end_run(self) -> None:
        """Ends the stylisation that is going on, also a paused one, with the picture it has."""
        self.stop.set()
        if (control := self.control) is not None:
            control.stop()

    def cancel(self) -> None:
        """Ends the download that is going on, if there is one."""
        if (download := self.download) is not None:
            download.set()


class Sessions:
    """The sessions by their hash.

    On this machine all share one gallery, the local file. In public each has its own, in memory. Where there are
    accounts all share one gallery, which only administrators can change: everybody else sees it through
    `ReadOnlyGallery`. A session belongs to one account in one role, so nobody reaches another's by its hash.

    Args:
        services: Makes galleries and face services.
        idle_seconds: After so long without a call the clock forgets a session.
        max_sessions: The most sessions kept.
        max_of_an_address: The most that one address may have.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        services: Services,
        *,
        idle_seconds: float = IDLE_SECONDS,
        max_sessions: int = MAX_SESSIONS,
        max_of_an_address: int = MAX_OF_AN_ADDRESS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._services = services
        self._idle_seconds = idle_seconds
        self._max_sessions = max_sessions
        self._max_of_an_address = max_of_an_address
        self._clock = clock
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._sessions: dict[str, Session] = {}
        self._shared: tuple[Gallery, FaceService] | None = None
        self._read_only: tuple[Gallery, FaceService] | None = None
        accounts = services.settings.accounts
        self.accounts = None if accounts is None else Accounts(accounts)
        self._choices: dict[str, Choice] = {}

    @property
    def public(self) -> bool:
        """Whether each session has a gallery of its own."""
        return self._services.settings.has_own_galleries

    def __len__(self) -> int:
        return len(self._sessions)

    def get(self, key: str | None, user: str | None = None, address: str = "") -> Session:
        """The session of that hash, made on first sight; without a hash, one that nobody can come back to.

        Args:
            key: The hash.
            user: Who is signed in.
            address: Where the call comes from.

        Raises:
            NotAllowedError: There are accounts, and none of that name.
        """
        account = self._account(user)
        key = _key(key, account)
        with self._lock:
            self._sweep()
            session = self._sessions.get(key) if key else None
            if session is None:
                session = self._make(account is None or account.admin, address)
                if key:
                    session.choice = self._choices.pop(key, ON_BOARD)
                    self._sessions[key] = session
            session.touched = self._clock()
            return session

    def forget(self, key: str | None, user: str | None = None) -> None:
        """Stops what a session runs and wipes what it has; called when its tab closes."""
        roles = (None,) if self.accounts is None else (Account(user or "", True), Account(user or "", False))
        gone = []
        with self._lock:
            for name in filter(None, (_key(key, role) for role in roles)):
                self._choices.pop(name, None)
                if (session := self._sessions.pop(name, None)) is not None:
                    gone.append(session)
        for session in gone:
            self._wipe(session)

    def sweep(self) -> None:
        """Forgets every session that was idle for too long, and in the shared gallery whose time is over."""
        with self._lock:
            self._sweep()
            shared = self._shared
        if shared is not None:
            shared[0].expire()

    def close(self) -> None:
        """Forgets all sessions and closes the shared gallery."""
        with self._lock:
            sessions = list(self._sessions.values())
            self._sessions.clear()
            self._choices.clear()
            shared, self._shared, self._read_only = self._shared, None, None
        for session in sessions:
            self._wipe(session)
        if shared is not None:
            shared[0].close()

    def _account(self, user: str | None) -> Account | None:
        if self.accounts is None:
            return None
        account = self.accounts.find(user)
        if account is None:
            raise NotAllowedError("This account is not known here any more: sign in again.")
        return account

    def _make(self, may_change: bool, address: str) -> Session:
        counts = Counter(session.address for session in self._sessions.values())
        full = len(self._sessions) >= self._max_sessions
        if counts[address] >= self._max_of_an_address or full:
            most = address if counts[address] >= self._max_of_an_address else max(counts, key=counts.__getitem__)
            theirs = [key for key, session in self._sessions.items() if session.address == most]
            self._drop(min(theirs, key=lambda key: self._sessions[key].touched))
        return Session(
            address=address,
            open_gallery=functools.cache(self._open_own)
            if self.public
            else self._open_shared
            if may_change
            else self._open_read_only,
            open_model=self._services.faces,
            may_change=may_change,
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

    def _open_read_only(self) -> tuple[Gallery, FaceService]:
        gallery = ReadOnlyGallery(self._open_shared()[0])
        with self._opening:
            if self._read_only is None:
                self._read_only = (gallery, self._services.faces(gallery))
            return self._read_only

    def _sweep(self) -> None:
        limit = self._clock() - self._idle_seconds
        idle = [key for key, session in self._sessions.items() if session.touched < limit and not session.busy]
        for key in idle:
            self._drop(key)

    def _drop(self, key: str) -> None:
        session = self._sessions.pop(key)
        if session.choice != ON_BOARD:
            # The tab may be open still, with that model's threshold on its slider: coming back, it must not be answered
            # by another model under it.
            while len(self._choices) >= self._max_sessions:
                del self._choices[next(iter(self._choices))]
            self._choices[key] = session.choice
        self._wipe(session)

    def _wipe(self, session: Session) -> None:
        session.end_run()
        session.cancel()
        for job in (session.grouping, session.filming, session.painting_many, session.training):
            job.stop.set()
        session.looking.clear()
        session.history.clear()
        session.quick = session.painted_stream = None
        session.last = session.live = session.album = session.region = session.painted = session.triplet = None
        session.identified = None
        session.refused.clear()
        session.undo.clear()
        uploads.discard(session.uploads)
        if self.public:
            session.gallery.clear()
            session.gallery.close()


def _key(key: str | None, account: Account | None) -> str | None:
    """What a session is kept under: its hash, and whose it is. A NUL is in no name of an account."""
    return key if account is None or not key else f"{key}\0{account.name}\0{account.admin}"


def start_clock(sessions: Sessions, every_seconds: float = 60.0) -> threading.Event:
    """Sweeps idle sessions in the background, and the heap after them, until the returned event is set."""
    ended = threading.Event()

    def tick() -> None:
        while not ended.wait(every_seconds):
            try:
                sessions.sweep()
                heap.give_back()
            except Exception as error:
                log.error("Sweeping idle sessions failed: %s", type(error).__name__)

    threading.Thread(target=tick, name="facestyle-sessions", daemon=True).start()
    return ended
