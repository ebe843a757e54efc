"""The live camera: frames in, followed and named faces and a door out. Nothing of a frame is kept but numbers.

Not thread-safe: one engine serves one stream, one frame at a time.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from facestyle.errors import InvalidRequestError, SeveralFacesError, UnknownPersonError
from facestyle.faces.live.door import Door, Sighting
from facestyle.faces.live.head_turn import HeadTurn
from facestyle.faces.live.identity import Answer, Evidence
from facestyle.faces.live.looking import Lookout
from facestyle.faces.live.protocols import Challenge, Faces
from facestyle.faces.live.results import ChallengeState, DoorState, LiveFace, LiveFrame, Why
from facestyle.faces.live.tracking import Track, Tracker
from facestyle.faces.results import RGB, Claim
from facestyle.faces.similarity import distance_matrix
from facestyle.faces.subject import choose_subject
from facestyle.numbers import is_number, shown

EVERY = 4
"""A face whose answers agree is embedded in every so-manieth frame."""

AT_ONCE = 2
"""Faces embedded in one frame at the most; of more, those that waited longest come first."""

PAUSE_SECONDS = 3.0
"""After so long without a frame nothing is known any more: faces are followed anew."""


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """What a stream is asked.

    Attributes:
        claim: Who the person claims to be (verify, 1:1); None to identify anybody enrolled (1:K).
        tau: Threshold; None for the model's.
        frames: N, how many frames must agree for the door to open, 1 to 1,000.
        seconds: T, within how many seconds, more than 0.
        hold: How many seconds the door stays open, more than 0.
        adaptive: Whether detection and embedding are done only as closely and as often as needed.
        head_turn: Whether the person must turn their head as asked before the door opens. A hint that somebody is
            there and no proof: see `facestyle.faces.liveness.challenge`.
    """

    claim: Claim | None = None
    tau: float | None = None
    frames: int = 5
    seconds: float = 3.0
    hold: float = 5.0
    adaptive: bool = True
    head_turn: bool = False


class LiveEngine:
    """Verifies or identifies on a stream.

    Args:
        service: Detector, embedder and gallery; usually a `FaceService`.
        options: What is asked.
        challenge: Must be passed, too, before the door opens. Default: the head turn if the options ask for it.

    Raises:
        InvalidRequestError: tau, the number of frames or a time is out of range.
        UnknownPersonError: Nobody is enrolled as claimed.
    """

    def __init__(
        self, service: Faces, options: LiveOptions | None = None, *, challenge: Challenge | None = None
    ) -> None:
        self.options = options or LiveOptions()
        self._service = service
        if challenge is None and self.options.head_turn:
            challenge = HeadTurn(metric=service.embedder.metric, tau=service.embedder.tau)
        self._challenge = challenge
        self._passed = challenge is None
        tau = service.embedder.tau if self.options.tau is None else self.options.tau
        if not (is_number(tau) and tau >= 0):
            raise InvalidRequestError(f"tau is {shown(tau)}; it must be a number of 0 or more.")
        self.tau = float(tau)
        self._claimed = None if self.options.claim is None else service.gallery.get(self.options.claim.person).id
        self.door = Door(self.options.frames, self.options.seconds, self.options.hold)
        self._tracker = Tracker()
        self._begin()

    def _begin(self) -> None:
        self._tracker = Tracker(self._tracker.next_id)
        self._lookout = Lookout(self._service.detector, adaptive=self.options.adaptive)
        self._evidence: dict[int, Evidence] = {}
        self._names: dict[str, str] = {}
        self._t: float | None = None

    def update(self, rgb: RGB, t: float) -> LiveFrame:
        """One frame.

        Args:
            rgb: (H, W, 3) uint8, upright and not mirrored.
            t: When it was taken, seconds on any clock. After a step back or a pause everything begins anew.

        Raises:
            InvalidRequestError: t is not finite, or the picture has another form.
            UnknownPersonError: The claimed person was deleted meanwhile; the door is closed.
            NotEnrolledWithModelError: The claimed person is enrolled with another model only; the door is closed.
        """
        began = time.perf_counter()
        self._check(rgb, t)
        if self._t is not None and not 0 <= t - self._t < PAUSE_SECONDS:
            self._begin()
        self._t = t
        try:
            heights = [track.face.box.height for track in self._tracker.tracks]
            faces = self._lookout.find(rgb, t, min(heights, default=None))
            tracks = self._tracker.update(faces, t)
            known = {track.id: self._evidence.get(track.id, Evidence()) for track in tracks}
            self._evidence = known
            self._forget_deleted()
            embedded = self._embed(rgb, t, tracks)
        except Exception:
            self.door.close()
            raise
        subject, several = _subject(tracks)
        state = None
        if self._challenge is not None:
            vector = None if subject is None else embedded.get(subject.id)
            state = self._challenge.update([track.face for track in tracks if track.detected], vector, t)
            self._passed = state.passed
        self.door.update(t, self._sighting(subject, embedded, state))
        return LiveFrame(
            t=t,
            size=(rgb.shape[1], rgb.shape[0]),
            faces=self._faces(tracks),
            door=self._state(t, tracks, subject, several=several),
            tau=self.tau,
            metric=self._service.embedder.metric,
            model=self._service.embedder.model,
            looked_at=self._lookout.size,
            embedded=len(embedded),
            ms=1e3 * (time.perf_counter() - began),
            challenge=state,
        )

    def _check(self, rgb: RGB, t: float) -> None:
        if not is_number(t):
            self.door.close()
            raise InvalidRequestError(f"A frame's time is {shown(t)}; it must be a number of seconds.")
        if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8 or min(rgb.shape[:2]) < 1:
            raise InvalidRequestError("A frame must be an RGB picture of bytes, (height, width, 3).")

    def _forget_deleted(self) -> None:
        """Nobody is named who is no longer enrolled, and a renamed person has the new name at once."""
        wanted = {evidence.person_id for evidence in self._evidence.values()} | {self.door.person_id}
        self._names = {}
        for person_id in wanted - {None}:
            assert person_id is not None  # noqa: S101  (taken out above)
            if self._name(person_id) is None:
                for evidence in self._evidence.values():
                    if evidence.person_id == person_id:
                        evidence.clear()
                if self.door.person_id == person_id:
                    self.door.close()

    def _name(self, person_id: str) -> str | None:
        """A person's name as enrolled now; None if they are no longer."""
        if person_id not in self._names:
            try:
                self._names[person_id] = self._service.gallery.get(person_id).name
            except UnknownPersonError:
                return None
        return self._names[person_id]

    def _embed(self, rgb: RGB, t: float, tracks: Sequence[Track]) -> dict[int, npt.NDArray[np.float32]]:
        """Embeds the faces whose turn it is; their embeddings by track."""
        due = [track for track in tracks if track.detected and self._is_due(track)]
        due.sort(key=lambda track: (-self._evidence[track.id].frames_since, -track.face.box.area))
        chosen = due[:AT_ONCE] if self.options.adaptive else due
        for track in tracks:
            self._evidence[track.id].frames_since += 1
        if not chosen:
            return {}
        chips = self._service.embedder.align(rgb, [track.face for track in chosen])
        vectors = self._service.embedder.embed(chips)
        for track, answer in zip(chosen, self._answers(vectors, t), strict=True):
            self._evidence[track.id].add(answer, self.tau)
        return {track.id: vector for track, vector in zip(chosen, vectors, strict=True)}

    def _is_due(self, track: Track) -> bool:
        evidence = self._evidence[track.id]
        # A challenge counts frames with an embedding in a row.
        if not self.options.adaptive or not self._passed or not evidence.settled(self.tau):
            return True
        # While the door counts, every frame counts: waiting would only make the person wait.
        counting = self.door.track == track.id and not self.door.is_open
        return counting or evidence.frames_since + 1 >= EVERY

    def _answers(self, vectors: npt.NDArray[np.float32], t: float) -> list[Answer]:
        service, embedder = self._service, self._service.embedder
        if self._claimed is not None:
            known = service.gallery.embeddings_of(
                self._claimed, model=embedder.model, preprocessing=service.preprocessing
            )
            nearest = distance_matrix(vectors, known, embedder.metric).min(axis=1)
            return [Answer(t, self._claimed, float(d)) for d in nearest]
        found = service.gallery.search(
            vectors, model=embedder.model, preprocessing=service.preprocessing, metric=embedder.metric, top_k=1
        )
        return [
            Answer(t, matches[0].person_id, matches[0].distance) if matches else Answer(t, None, None)
            for matches in found
        ]

    def _sighting(
        self,
        subject: Track | None,
        embedded: dict[int, npt.NDArray[np.float32]],
        state: ChallengeState | None,
    ) -> Sighting:
        if subject is None:
            return Sighting("against")
        if subject.id not in embedded:
            return Sighting("wait", subject.id)
        person = self._evidence[subject.id].answers[-1].within(self.tau)
        if person is None:
            return Sighting("against", subject.id)
        if state is not None and not state.passed:
            return Sighting("wait", subject.id)
        return Sighting("agree", subject.id, person)

    def _faces(self, tracks: Sequence[Track]) -> tuple[LiveFace, ...]:
        faces = []
        for track in tracks:
            evidence = self._evidence[track.id]
            name = None if evidence.person_id is None else self._name(evidence.person_id)
            faces.append(
                LiveFace(
                    track=track.id,
                    box=track.box,
                    score=track.face.score,
                    name=name,
                    person_id=evidence.person_id if name is not None else None,
                    distance=evidence.distance(),
                    agreement=self._agreement(track.id),
                    detected=track.detected,
                )
            )
        return tuple(sorted(faces, key=lambda face: (face.box.left, face.box.top)))

    def _agreement(self, track: int) -> float:
        if self.door.track != track:
            return 0.0
        return 1.0 if self.door.is_open else self.door.progress

    def _state(self, t: float, tracks: Sequence[Track], subject: Track | None, *, several: bool) -> DoorState:
        door = self.door
        name = None if door.person_id is None else self._name(door.person_id)
        if door.is_open:
            return DoorState("open", "open", name, 1.0, door.closes_in(t))
        if not tracks:
            return DoorState("closed", "no_face")
        if several or subject is None:
            return DoorState("closed", "several_faces")
        if door.progress > 0:
            return DoorState("closed", "agreeing", name, door.progress)
        return DoorState("closed", self._why(subject))

    def _why(self, subject: Track) -> Why:
        evidence = self._evidence[subject.id]
        if evidence.answers and evidence.answers[-1].within(self.tau) is not None:
            return "challenge" if self._challenge is not None else "looking"
        return "unknown" if evidence.settled(self.tau) else "looking"


def _subject(tracks: Sequence[Track]) -> tuple[Track | None, bool]:
    """The track of the one face in front by the rule for still pictures; whether there are several instead."""
    if not tracks:
        return None, False
    # By object: two tracks may hold equal faces.
    faces = [replace(track.face, box=replace(track.face.box)) for track in tracks]
    try:
        chosen, _ = choose_subject(faces, what="the camera's picture")
    except SeveralFacesError:
        return None, True
    return next(track for track, face in zip(tracks, faces, strict=True) if face is chosen), False
