"""Verify (1:1), identify (1:K) and enrol: the calls behind the tabs, the command line and the API."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property

import numpy as np
import numpy.typing as npt
from PIL import Image

from facestyle import images
from facestyle.errors import ConsentMissingError, InvalidRequestError, NoFaceError
from facestyle.faces.base import Detector, Embedder
from facestyle.faces.calibration.confidence import Confidence
from facestyle.faces.detection import load_detector
from facestyle.faces.embedding import load_embedder
from facestyle.faces.gallery.base import Gallery
from facestyle.faces.liveness.base import LivenessChecker
from facestyle.faces.liveness.passive import PassiveLiveness, check_mode
from facestyle.faces.quality import FaceQuality, QualityChecker
from facestyle.faces.quality.admission import admit
from facestyle.faces.resemblance import check_resemblance
from facestyle.faces.results import (
    RGB,
    Claim,
    Consent,
    Enrollment,
    Face,
    Identification,
    IdentifiedFace,
    LivenessMode,
    Person,
    Probes,
    Verification,
)
from facestyle.faces.similarity import distance, distance_matrix
from facestyle.faces.subject import choose_subject
from facestyle.images import Picture
from facestyle.numbers import is_number, shown
from facestyle.settings import Settings

CONSENT = "I agree that facestyle computes embeddings of my face from these pictures and keeps them to recognise me."
CONSENT_VERSION = "1"
"""What is recorded with whoever is enrolled, unless the caller showed other words."""

CERTAIN = 0.9
"""Least detector score of a face that an answer may rest on; what is below is as often a pattern as a person."""

_THUMBNAIL_QUALITY = 85


class FaceService:
    """The face half of facestyle over one gallery.

    The networks are shared by all instances of a process, so one service per session is cheap.

    Args:
        gallery: Who is enrolled.
        detector: Default: RetinaFace.
        embedder: Default: the one of `model`.
        model: Catalogue ID of an embedder; default: dlib's ResNet. Embeddings are bound to their model: whoever is
            enrolled with another one is not found until enrolled again.
        settings: Default: from the environment.
        quality: Judges faces; default: by the measures of `facestyle.faces.quality`.
        liveness: Judges faces where it is asked for; default: MiniFASNet, loaded then.

    Raises:
        InvalidRequestError: Both an embedder and the ID of another one are given.
        UnknownModelError: No embedder has the ID `model`.
        WeightsError: A model's weights are not usable.
    """

    def __init__(
        self,
        gallery: Gallery,
        *,
        detector: Detector | None = None,
        embedder: Embedder | None = None,
        model: str | None = None,
        settings: Settings | None = None,
        quality: QualityChecker | None = None,
        liveness: LivenessChecker | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.gallery = gallery
        self.detector = detector or load_detector(settings=self.settings)
        if embedder is not None and model not in (None, embedder.model):
            raise InvalidRequestError(f"The embedder given is “{embedder.model}”, not “{model}”. Give one of the two.")
        self.embedder = embedder or load_embedder(model, self.settings)
        self.quality = quality or FaceQuality()
        self.liveness = liveness or PassiveLiveness(self.settings)

    @property
    def model(self) -> str:
        """Catalogue ID of the embedder."""
        return self.embedder.model

    @property
    def metric(self) -> str:
        """`squared_euclidean` or `cosine`."""
        return self.embedder.metric

    @property
    def default_tau(self) -> float:
        """The model's published or calibrated threshold."""
        return self.embedder.tau

    @property
    def tau_range(self) -> tuple[float, float]:
        """A sensible span for a slider: from "only identical pictures" to where strangers are mostly accepted."""
        widest = 3 * self.embedder.tau
        return 0.0, min(widest, 2.0) if self.metric == "cosine" else widest

    @property
    def preprocessing(self) -> str:
        """What stands between picture and embedding; embeddings of another preprocessing are never compared."""
        return f"{self.detector.model}-{self.detector.version}/{self.embedder.version}"

    @cached_property
    def confidence(self) -> Confidence:
        """How sure this model can be, from its calibration; without one, nothing is known."""
        return Confidence.of(self.model, self.preprocessing, self.settings)

    def detect(self, picture: Picture) -> tuple[Face, ...]:
        """Faces of a picture from left to right, those below certainty left out.

        Raises:
            ImageError: The picture can't be read.
        """
        return self.detect_in(images.decode(picture, settings=self.settings))

    def detect_in(self, image: RGB) -> tuple[Face, ...]:
        """The same for a picture already decoded, upright (H, W, 3)."""
        certain = [face for face in self.detector.detect(image) if face.score >= CERTAIN]
        return tuple(sorted(certain, key=lambda face: (face.box.left, face.box.top)))

    def verify(
        self,
        picture: Picture,
        reference: Picture | Claim,
        *,
        tau: float | None = None,
        liveness: LivenessMode = "off",
    ) -> Verification:
        """Is this the claimed person (`reference` is a Claim), or do both pictures show the same person?

        Args:
            picture: The probe.
            reference: Another picture, or who the probe claims to be.
            tau: Threshold; same means `distance <= tau`. Default: the model's. 0 accepts identical pictures only.
            liveness: `passive` also asks whether the probe's face is live. A hint beside the answer: it never changes
                it, and networks that are not to be had leave the face "not checked".

        Raises:
            ImageError: A picture can't be read.
            NoFaceError: A picture shows no face.
            SeveralFacesError: A picture shows several, none clearly the subject (see `choose_subject`).
            UnknownPersonError: Nobody is enrolled as claimed.
            NotEnrolledWithModelError: The person is enrolled with another model or an older preprocessing.
            InvalidRequestError: tau is negative or not a number, or liveness is neither.
        """
        tau = self._tau(tau)
        check_mode(liveness)
        if isinstance(reference, Claim):
            person = self.gallery.get(reference.person)
            known = self.gallery.embeddings_of(person.id, model=self.model, preprocessing=self.preprocessing)
            image = images.decode(picture, settings=self.settings)
            face, proposed = choose_subject(self.detect_in(image), what="the picture")
            chips = self.embedder.align(image, [face])
            probe = self.embedder.embed(chips)
            apart = distance_matrix(probe, known, self.metric)[0]
            nearest = int(apart.argmin())
            answer = self._verification(
                float(apart[nearest]),
                tau,
                [image],
                [face],
                chips,
                proposed=[proposed],
                claimed=person.name,
                liveness=liveness,
            )
            return self.confidence.verified(answer, probe[0], known[nearest])
        pictures = [images.decode(item, settings=self.settings) for item in (picture, reference)]
        faces, proposals, cut = self._subjects(pictures, ["the first picture", "the second picture"])
        a, b = self.embedder.embed(cut)
        answer = self._verification(
            distance(a, b, self.metric), tau, pictures, faces, cut, proposed=proposals, claimed=None, liveness=liveness
        )
        return self.confidence.verified(answer, a, b)

    def identify(
        self, picture: Picture, *, top_k: int = 5, tau: float | None = None, liveness: LivenessMode = "off"
    ) -> Identification:
        """Who of the gallery is each face of this picture, or nobody?

        Args:
            picture: With any number of faces, at least one.
            top_k: How many people within tau to name for each face, 1 to 100.
            tau: Threshold; default: the model's.
            liveness: `passive` also asks of each face whether it is live; see `verify`.

        Raises:
            ImageError: The picture can't be read.
            NoFaceError: It shows no face.
            InvalidRequestError: top_k or tau is out of range, or liveness is neither.
        """
        self._check(top_k, tau)
        return self.identify_again(self.probes(picture, liveness=liveness), top_k=top_k, tau=tau)

    def probes(self, picture: Picture, *, liveness: LivenessMode = "off") -> Probes:
        """What the networks say of a picture, from which `identify_again` answers.

        Raises:
            ImageError, NoFaceError, InvalidRequestError: As for `identify`.
        """
        check_mode(liveness)
        image = images.decode(picture, settings=self.settings)
        faces = self.detect_in(image)
        if not faces:
            raise NoFaceError("No face was found in the picture. Use a photo that shows faces from the front.")
        chips = self.embedder.align(image, faces)
        return Probes(
            faces=faces,
            aligned=tuple(chips),
            embeddings=self.embedder.embed(chips),
            model=self.model,
            preprocessing=self.preprocessing,
            quality=tuple(self.quality.check(image, face) for face in faces),
            liveness=tuple(self.liveness.check(image, face) if liveness == "passive" else None for face in faces),
        )

    def identify_again(self, probes: Probes, *, top_k: int = 5, tau: float | None = None) -> Identification:
        """`identify` without the networks: at another threshold, or after somebody was enrolled.

        Raises:
            InvalidRequestError: top_k or tau is out of range, or the probes are another model's.
        """
        tau = self._check(top_k, tau)
        if (probes.model, probes.preprocessing) != (self.model, self.preprocessing):
            raise InvalidRequestError(f"These faces were embedded by {probes.model}, not {self.model}: identify anew.")
        nearest = self.gallery.search(
            probes.embeddings,
            model=self.model,
            preprocessing=self.preprocessing,
            metric=self.metric,
            top_k=max(2, top_k),  # the margin takes two
        )
        found = tuple(
            IdentifiedFace(
                face=face,
                matches=tuple(match for match in candidates[:top_k] if match.distance <= tau),
                nearest_distance=candidates[0].distance if candidates else None,
                aligned=chip,
                margin=candidates[1].distance - candidates[0].distance if len(candidates) > 1 else None,
                quality=quality,
                liveness=live,
            )
            for face, candidates, chip, quality, live in zip(
                probes.faces, nearest, probes.aligned, probes.quality, probes.liveness, strict=True
            )
        )
        enrolled = self.gallery.count(model=self.model, preprocessing=self.preprocessing)
        answer = Identification(found, tau, self.metric, self.model, enrolled)
        return self.confidence.identified(answer, probes.embeddings, self.gallery, self.preprocessing)

    def enroll(
        self,
        name: str,
        pictures: Sequence[Picture],
        *,
        consent: bool | Consent,
        keep_thumbnail: bool = False,
        accept_poor: bool = False,
        accept_conflict: bool = False,
    ) -> Enrollment:
        """Adds a person, or more pictures of a person already enrolled under that name. One picture is enough.

        All pictures are checked before anything is stored: either all are enrolled or none.

        Args:
            name: 1 to 200 characters in any script.
            pictures: At least one.
            consent: Whether the person agreed that their face's embedding is stored, or a record of what they agreed
                to; True stands for `CONSENT`, given now.
            keep_thumbnail: Also store the first aligned chip as a small picture; otherwise no pixels are kept.
            accept_poor: Enrol faces of poor quality too. Every later answer rests on what is enrolled.
            accept_conflict: Enrol although a face resembles somebody enrolled under another name, or none of the
                person's other pictures, at the model's default threshold.

        Raises:
            ConsentMissingError: `consent` is False.
            InvalidRequestError: No pictures.
            InvalidNameError: The name is empty, too long or unprintable.
            ImageError: A picture can't be read.
            NoFaceError: A picture shows no face.
            SeveralFacesError: A picture shows several, none clearly the subject.
            PoorQualityError: A face is of poor quality; the error is the gravest reason's child.
            ResemblesAnotherError: A face is within the threshold of somebody else of this gallery.
            UnlikeOthersError: A face is beyond the threshold of all other pictures of the person.
        """
        agreed = _agreed(consent)
        if not pictures:
            raise InvalidRequestError("Add at least one picture of the person.")
        decoded = [images.decode(item, settings=self.settings) for item in pictures]
        what = [f"picture {n} of {len(decoded)}" for n in range(1, len(decoded) + 1)]
        what = what if len(decoded) > 1 else ["the picture"]
        faces, proposals, chips = self._subjects(decoded, what)
        quality = [self.quality.check(image, face) for image, face in zip(decoded, faces, strict=True)]
        if not accept_poor:
            admit(quality, what)
        embeddings = self.embedder.embed(chips)
        if not accept_conflict:
            check_resemblance(
                self.gallery,
                name,
                embeddings,
                what=what,
                model=self.model,
                preprocessing=self.preprocessing,
                metric=self.metric,
                tau=self.default_tau,
            )
        person = self.gallery.add(
            name,
            embeddings,
            model=self.model,
            preprocessing=self.preprocessing,
            thumbnail=_jpeg(chips[0]) if keep_thumbnail else None,
            consent=agreed,
        )
        return Enrollment(person, len(chips), self.model, tuple(faces), tuple(chips), tuple(proposals), tuple(quality))

    def enroll_embedded(
        self,
        name: str,
        embeddings: npt.NDArray[np.float32],
        *,
        model: str,
        preprocessing: str,
        consent: bool | Consent,
        thumbnail: bytes | None = None,
        accept_conflict: bool = False,
    ) -> Person:
        """Adds a person, or more embeddings of one, from faces that were embedded before, such as a group of an album.

        Args:
            name: 1 to 200 characters in any script.
            embeddings: (N, D), at least one.
            model: Catalogue ID of the embedder that made them.
            preprocessing: What stood between picture and embedding; see `preprocessing`.
            consent: Whether the person agreed that these embeddings are stored, or a record of it, as in `enroll`.
            thumbnail: JPEG bytes, only if the person agreed to keep a picture too.
            accept_conflict: As in `enroll`.

        Raises:
            ConsentMissingError: `consent` is False.
            InvalidRequestError: The embeddings are another model's.
            InvalidEmbeddingError: There is none, or one is broken.
            InvalidNameError: The name is empty, too long or unprintable.
            ResemblesAnotherError: A face is within the threshold of somebody else of this gallery.
            UnlikeOthersError: A face is beyond the threshold of all others of the person, these and those enrolled.
        """
        agreed = _agreed(consent)
        if (model, preprocessing) != (self.model, self.preprocessing):
            raise InvalidRequestError(
                f"These faces were embedded by {model}, but {self.model} is in use now: group the album again."
            )
        if not accept_conflict and len(embeddings):
            count = len(embeddings)
            check_resemblance(
                self.gallery,
                name,
                embeddings,
                what=[f"face {n} of {count}" for n in range(1, count + 1)] if count > 1 else ["the picture"],
                model=self.model,
                preprocessing=self.preprocessing,
                metric=self.metric,
                tau=self.default_tau,
            )
        return self.gallery.add(
            name, embeddings, model=model, preprocessing=preprocessing, thumbnail=thumbnail, consent=agreed
        )

    def _subjects(
        self, pictures: Sequence[RGB], what: Sequence[str]
    ) -> tuple[list[Face], list[bool], npt.NDArray[np.uint8]]:
        chosen = [
            choose_subject(self.detect_in(image), what=name, picture=index)
            for index, (image, name) in enumerate(zip(pictures, what, strict=True))
        ]
        chips = [self.embedder.align(image, [face]) for image, (face, _) in zip(pictures, chosen, strict=True)]
        return [face for face, _ in chosen], [proposed for _, proposed in chosen], np.concatenate(chips)

    def _check(self, top_k: int, tau: float | None) -> float:
        if not 1 <= top_k <= 100:
            raise InvalidRequestError(f"top_k is {shown(top_k)}; it must be from 1 to 100.")
        return self._tau(tau)

    def _tau(self, tau: float | None) -> float:
        if tau is None:
            return self.embedder.tau
        if not (is_number(tau) and tau >= 0):
            raise InvalidRequestError(f"tau is {shown(tau)}; it must be a number of 0 or more.")
        return float(tau)

    def _verification(
        self,
        apart: float,
        tau: float,
        pictures: Sequence[RGB],
        faces: Sequence[Face],
        chips: npt.NDArray[np.uint8],
        *,
        proposed: Sequence[bool],
        claimed: str | None,
        liveness: LivenessMode,
    ) -> Verification:
        return Verification(
            same=apart <= tau,
            distance=apart,
            tau=tau,
            metric=self.metric,
            model=self.model,
            faces=tuple(faces),
            aligned=tuple(chips),
            claimed=claimed,
            subject_proposed=tuple(proposed),
            quality=tuple(self.quality.check(image, face) for image, face in zip(pictures, faces, strict=True)),
            liveness=self.liveness.check(pictures[0], faces[0]) if liveness == "passive" else None,
        )


def _agreed(consent: bool | Consent) -> Consent:
    """The record to keep."""
    if isinstance(consent, Consent):
        return consent
    if not consent:
        raise ConsentMissingError("Nobody is enrolled without consent. Tick the consent box once the person agrees.")
    return Consent(CONSENT, CONSENT_VERSION, datetime.now(UTC))


def _jpeg(chip: RGB) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(chip).save(buffer, "JPEG", quality=_THUMBNAIL_QUALITY)
    return buffer.getvalue()
