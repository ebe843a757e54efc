"""Verify (1:1), identify (1:K) and enrol: the calls behind the tabs, the command line and the API."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from facestyle import images
from facestyle.errors import ConsentMissingError, InvalidRequestError, NoFaceError
from facestyle.faces.base import Detector, Embedder
from facestyle.faces.detection import MtcnnDetector
from facestyle.faces.embedding import load_embedder
from facestyle.faces.gallery.base import Gallery
from facestyle.faces.results import (
    RGB,
    Claim,
    Enrollment,
    Face,
    Identification,
    IdentifiedFace,
    Verification,
)
from facestyle.faces.similarity import distance, distance_matrix
from facestyle.faces.subject import choose_subject
from facestyle.images import Picture
from facestyle.settings import Settings

CERTAIN = 0.9
"""Least detector score of a face that an answer may rest on; what is below is as often a pattern as a person."""

_THUMBNAIL_QUALITY = 85


class FaceService:
    """The face half of facestyle over one gallery.

    The networks are shared by all instances of a process, so one service per session is cheap.

    Args:
        gallery: Who is enrolled.
        detector: Default: MTCNN.
        embedder: Default: the one of `model`.
        model: Catalogue ID of an embedder; default: dlib's ResNet. Embeddings are bound to their model: whoever is
            enrolled with another one is not found until enrolled again.
        settings: Default: from the environment.

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
    ) -> None:
        self.settings = settings or Settings()
        self.gallery = gallery
        self.detector = detector or MtcnnDetector(settings=self.settings)
        if embedder is not None and model not in (None, embedder.model):
            raise InvalidRequestError(f"The embedder given is “{embedder.model}”, not “{model}”. Give one of the two.")
        self.embedder = embedder or load_embedder(model, self.settings)

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

    def detect(self, picture: Picture) -> tuple[Face, ...]:
        """Faces of a picture from left to right, those below certainty left out.

        Raises:
            ImageError: The picture can't be read.
        """
        return self._faces(images.decode(picture, settings=self.settings))

    def verify(self, picture: Picture, reference: Picture | Claim, *, tau: float | None = None) -> Verification:
        """Is this the claimed person (`reference` is a Claim), or do both pictures show the same person?

        Args:
            picture: The probe.
            reference: Another picture, or who the probe claims to be.
            tau: Threshold; same means `distance <= tau`. Default: the model's. 0 accepts identical pictures only.

        Raises:
            ImageError: A picture can't be read.
            NoFaceError: A picture shows no face.
            SeveralFacesError: A picture shows several, none clearly the subject (see `choose_subject`).
            UnknownPersonError: Nobody is enrolled as claimed.
            NotEnrolledWithModelError: The person is enrolled with another model or an older preprocessing.
            InvalidRequestError: tau is negative or not a number.
        """
        tau = self._tau(tau)
        if isinstance(reference, Claim):
            person = self.gallery.get(reference.person)
            known = self.gallery.embeddings_of(person.id, model=self.model, preprocessing=self.preprocessing)
            image = images.decode(picture, settings=self.settings)
            face, proposed = choose_subject(self._faces(image), what="the picture")
            chips = self.embedder.align(image, [face])
            nearest = float(distance_matrix(self.embedder.embed(chips), known, self.metric).min())
            return self._verification(nearest, tau, faces=[face], chips=chips, proposed=[proposed], claimed=person.name)
        pictures = [images.decode(item, settings=self.settings) for item in (picture, reference)]
        faces, proposals, cut = self._subjects(pictures, ["the first picture", "the second picture"])
        a, b = self.embedder.embed(cut)
        return self._verification(
            distance(a, b, self.metric), tau, faces=faces, chips=cut, proposed=proposals, claimed=None
        )

    def identify(self, picture: Picture, *, top_k: int = 5, tau: float | None = None) -> Identification:
        """Who of the gallery is each face of this picture, or nobody?

        Args:
            picture: With any number of faces, at least one.
            top_k: How many people within tau to name for each face, 1 to 100.
            tau: Threshold; default: the model's.

        Raises:
            ImageError: The picture can't be read.
            NoFaceError: It shows no face.
            InvalidRequestError: top_k or tau is out of range.
        """
        tau = self._tau(tau)
        if not 1 <= top_k <= 100:
            raise InvalidRequestError(f"top_k is {top_k}; it must be from 1 to 100.")
        image = images.decode(picture, settings=self.settings)
        faces = self._faces(image)
        if not faces:
            raise NoFaceError("No face was found in the picture. Use a photo that shows faces from the front.")
        chips = self.embedder.align(image, faces)
        nearest = self.gallery.search(
            self.embedder.embed(chips),
            model=self.model,
            preprocessing=self.preprocessing,
            metric=self.metric,
            top_k=top_k,
        )
        found = tuple(
            IdentifiedFace(
                face=face,
                matches=tuple(match for match in candidates if match.distance <= tau),
                nearest_distance=candidates[0].distance if candidates else None,
                aligned=chip,
            )
            for face, candidates, chip in zip(faces, nearest, chips, strict=True)
        )
        enrolled = self.gallery.count(model=self.model, preprocessing=self.preprocessing)
        return Identification(found, tau, self.metric, self.model, enrolled)

    def enroll(
        self, name: str, pictures: Sequence[Picture], *, consent: bool, keep_thumbnail: bool = False
    ) -> Enrollment:
        """Adds a person, or more pictures of a person already enrolled under that name. One picture is enough.

        All pictures are checked before anything is stored: either all are enrolled or none.

        Args:
            name: 1 to 200 characters in any script.
            pictures: At least one.
            consent: Whether the person agreed that their face's embedding is stored.
            keep_thumbnail: Also store the first aligned chip as a small picture; otherwise no pixels are kept.

        Raises:
            ConsentMissingError: `consent` is False.
            InvalidRequestError: No pictures.
            InvalidNameError: The name is empty, too long or unprintable.
            ImageError: A picture can't be read.
            NoFaceError: A picture shows no face.
            SeveralFacesError: A picture shows several, none clearly the subject.
        """
        if not consent:
            raise ConsentMissingError(
                "Nobody is enrolled without consent. Tick the consent box once the person agrees."
            )
        if not pictures:
            raise InvalidRequestError("Add at least one picture of the person.")
        decoded = [images.decode(item, settings=self.settings) for item in pictures]
        what = [f"picture {n} of {len(decoded)}" for n in range(1, len(decoded) + 1)]
        faces, proposals, chips = self._subjects(decoded, what if len(decoded) > 1 else ["the picture"])
        person = self.gallery.add(
            name,
            self.embedder.embed(chips),
            model=self.model,
            preprocessing=self.preprocessing,
            thumbnail=_jpeg(chips[0]) if keep_thumbnail else None,
        )
        return Enrollment(person, len(chips), self.model, tuple(faces), tuple(chips), tuple(proposals))

    def _faces(self, image: RGB) -> tuple[Face, ...]:
        certain = [face for face in self.detector.detect(image) if face.score >= CERTAIN]
        return tuple(sorted(certain, key=lambda face: (face.box.left, face.box.top)))

    def _subjects(
        self, pictures: Sequence[RGB], what: Sequence[str]
    ) -> tuple[list[Face], list[bool], npt.NDArray[np.uint8]]:
        chosen = [
            choose_subject(self._faces(image), what=name, picture=index)
            for index, (image, name) in enumerate(zip(pictures, what, strict=True))
        ]
        chips = [self.embedder.align(image, [face]) for image, (face, _) in zip(pictures, chosen, strict=True)]
        return [face for face, _ in chosen], [proposed for _, proposed in chosen], np.concatenate(chips)

    def _tau(self, tau: float | None) -> float:
        if tau is None:
            return self.embedder.tau
        if not (np.isfinite(tau) and tau >= 0):
            raise InvalidRequestError(f"tau is {tau}; it must be a number of 0 or more.")
        return float(tau)

    def _verification(
        self,
        apart: float,
        tau: float,
        *,
        faces: Sequence[Face],
        chips: npt.NDArray[np.uint8],
        proposed: Sequence[bool],
        claimed: str | None,
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
        )


def _jpeg(chip: RGB) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(chip).save(buffer, "JPEG", quality=_THUMBNAIL_QUALITY)
    return buffer.getvalue()
