"""What the face service asks a calibration: how probable, on what evidence, and how often tau goes wrong."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

import numpy as np

from facestyle.errors import CalibrationError, GalleryError
from facestyle.faces.calibration import store
from facestyle.faces.calibration.base import (
    Calibration,
    Embeddings,
    ErrorRates,
    Evidence,
    Expected,
    posterior,
)
from facestyle.faces.calibration.heads import find_head
from facestyle.faces.calibration.rates import error_rates, expected_false_accepts
from facestyle.faces.gallery.base import Gallery
from facestyle.faces.results import Identification, IdentifiedFace, Verification
from facestyle.faces.similarity import distance_matrix
from facestyle.settings import Settings

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Confidence:
    """Answers for one embedder behind one detector; without a calibration every answer is None.

    Attributes:
        calibration: The fitted head and its data.
        refusal: Why a calibration that is there was not used.
        prior: Probability of the same person before the pictures are compared. The log-odds of another prior differ by
            a constant: log p / (1 - p) - log q / (1 - q).
    """

    calibration: Calibration | None
    refusal: CalibrationError | None = None
    prior: float = 0.5

    @classmethod
    def of(cls, model: str, preprocessing: str, settings: Settings) -> Confidence:
        """What is known of this model behind this preprocessing."""
        found = store.find(model, preprocessing, settings)
        return cls(found.calibration, found.refusal, settings.prior)

    def evidence(self, enrolled: int = 1) -> Evidence | None:
        """What the probabilities rest on; see `probability` for `enrolled`."""
        c = self.calibration
        if c is None:
            return None
        prior = self.prior / max(1, enrolled)
        low, high = c.limits
        return Evidence(
            data=c.data,
            same_pairs=len(c.same_distances),
            different_pairs=len(c.different_distances),
            head=c.head,
            prior=prior,
            lowest=posterior(low, prior),
            highest=posterior(high, prior),
        )

    def probability(self, a: Embeddings, b: Embeddings, *, enrolled: int = 1) -> float | None:
        """The probability that two embeddings are one person's.

        Among K enrolled people the prior is shared: each is the person with probability prior / K beforehand, so that
        the nearest of many must be nearer to be as probable. (Bayes' rule over all K hypotheses and "nobody of them",
        with the likelihood ratio of the others taken as 1, its mean over people who are not meant.)

        Args:
            a: (D,).
            b: (D,).
            enrolled: K.

        Returns:
            Never 0 or 1: it is clamped to what the pairs can support, see `Evidence.lowest` and `highest`. None without
            a calibration.
        """
        c = self.calibration
        if c is None:
            return None
        features = find_head(c.head).features(a[None], b[None], c.metric)[0]
        if features.shape != c.weights.shape:  # only somebody's editing makes a file like that
            logger.warning(
                "The calibration of %s has %d weights for %d features.", c.model, len(c.weights), len(features)
            )
            return None
        ratio = float(np.clip(features @ c.weights + c.bias, *c.limits))
        return posterior(ratio, self.prior / max(1, enrolled))

    def rates(self, tau: float) -> ErrorRates | None:
        """How often a threshold goes wrong; the probability above does not depend on it."""
        c = self.calibration
        return None if c is None else error_rates(c.same_distances, c.different_distances, tau)

    def false_accepts(self, tau: float, enrolled: int) -> Expected | None:
        """How many of K enrolled people a stranger is expected to be taken for."""
        rates = self.rates(tau)
        return None if rates is None else expected_false_accepts(rates.false_accept, enrolled)

    def verified(self, answer: Verification, a: Embeddings, b: Embeddings) -> Verification:
        """The answer with its probability and evidence; a (D,) and b (D,) are what was compared."""
        if self.calibration is None:
            return answer
        return replace(
            answer, probability=self.probability(a, b), evidence=self.evidence(), rates=self.rates(answer.tau)
        )

    def identified(
        self, answer: Identification, probes: Embeddings, gallery: Gallery, preprocessing: str
    ) -> Identification:
        """The answer with probabilities of the people named and what to expect of so many people.

        Args:
            answer: As found.
            probes: (N, D), the embedding of each of its faces.
            gallery: Where the people named are.
            preprocessing: Of the embeddings.
        """
        if self.calibration is None:
            return answer

        def sure(face: IdentifiedFace, probe: Embeddings) -> IdentifiedFace:
            if not face.matches:
                return face
            try:
                known = gallery.embeddings_of(
                    face.matches[0].person_id, model=answer.model, preprocessing=preprocessing
                )
            except GalleryError:  # removed since the search
                return face
            nearest = known[int(distance_matrix(probe[None], known, answer.metric)[0].argmin())]
            return replace(face, probability=self.probability(probe, nearest, enrolled=answer.enrolled))

        return replace(
            answer,
            faces=tuple(sure(face, probe) for face, probe in zip(answer.faces, probes, strict=True)),
            evidence=self.evidence(answer.enrolled),
            rates=self.rates(answer.tau),
            false_accepts=self.false_accepts(answer.tau, answer.enrolled),
        )
