"""How sure an answer is, and why one may believe it: below Verify's verdict and around Identify's table."""

from __future__ import annotations

import math

import gradio as gr

from facestyle.faces.calibration.base import ErrorRate, ErrorRates, Evidence, Expected
from facestyle.faces.results import Identification, IdentifiedFace, Verification
from facestyle.ui import guard, html, reliability, texts
from facestyle.ui.context import QUIET, Context
from facestyle.ui.state import Session


def percent(share: float, evidence: Evidence) -> str:
    """A probability for people: never 0 or 100, and "at least" where the data can tell no more.

    Args:
        share: The probability, or that of the contrary.
        evidence: For the bounds.
    """
    bounds = (evidence.lowest, evidence.highest, 1 - evidence.lowest, 1 - evidence.highest)
    if share > 0.5 and any(math.isclose(share, bound, rel_tol=1e-9) for bound in bounds):
        return texts.PERCENT_AT_LEAST.format(percent=f"{math.floor(1000 * share) / 10:g}")
    if 0.01 <= share <= 0.985:
        return texts.PERCENT.format(percent=f"{100 * share:.0f}")
    return texts.PERCENT.format(percent=f"{math.floor(1000 * share) / 10:.1f}")


def prior_words(evidence: Evidence) -> str:
    """What was assumed before the faces were compared."""
    if evidence.prior == 0.5:
        return texts.PRIOR_EVEN
    return texts.PRIOR.format(percent=f"{100 * evidence.prior:.3g}")


def figure(result: Verification, tau: float) -> str:
    """The probability as one big figure; empty for a model without calibration."""
    p, evidence = result.probability, result.evidence
    if p is None or evidence is None:
        return ""
    likely_same = p >= 0.5
    words = texts.LIKELY_SAME if likely_same else texts.LIKELY_DIFFERENT
    share = p if likely_same else 1 - p
    against = ""
    if likely_same != (result.distance <= tau):
        against = f'<p class="fs-fine"><strong>{html.esc(texts.LIKELY_AGAINST_TAU)}</strong></p>'
    return (
        f'<div class="fs-likely"><b>{html.esc(percent(share, evidence))}</b>'
        f"<span>{html.esc(words)}, {html.esc(prior_words(evidence))}</span></div>{against}"
    )


def why(session: Session, tau: float) -> str:
    """The error rates at tau, the scale, the reliability plot and the data behind them, for the last comparison."""
    if session.last is None:
        return ""
    confidence = session.faces.confidence
    calibration, rates = confidence.calibration, confidence.rates(tau)
    if calibration is None or rates is None:
        reason = texts.NO_CALIBRATION if confidence.refusal is None else texts.CALIBRATION_REFUSED
        return f'<p class="fs-fine">{html.esc(reason)}</p>'
    scores = calibration.scores[calibration.head]
    data = texts.CALIBRATION_DATA.format(
        data=calibration.data,
        same=f"{len(calibration.same_distances):,}",
        different=f"{len(calibration.different_distances):,}",
        people=f"{calibration.people:,}",
        head=texts.HEADS[calibration.head],
        log_loss=f"{scores.log_loss:.3f}",
        ece=f"{100 * scores.ece:.1f}",
    )
    return (
        f"{rate_lines(rates)}"
        f'<div class="fs-curve fs-reliability"><p class="fs-caption">{html.esc(texts.RELIABILITY)}</p>'
        f'{reliability.plot(calibration.reliability)}<p class="fs-fine">{html.esc(texts.RELIABILITY_HINT)}</p></div>'
        f'<p class="fs-fine">{html.esc(data)}</p><p class="fs-fine">{html.esc(texts.PROBABILITY_NOT_TAU)}</p>'
    )


def rate_lines(rates: ErrorRates) -> str:
    """Both rates at tau in words, and on their scale."""
    rows = [(texts.FALSE_ACCEPT, rates.false_accept), (texts.FALSE_REJECT, rates.false_reject)]
    lines = "".join(f"<li>{rate_line(name, rate)}</li>" for name, rate in rows)
    title = html.esc(texts.RATES_AT.format(tau=html.number(rates.tau)))
    return (
        f'<p class="fs-caption">{title}</p><ul class="fs-rates">{lines}</ul>'
        f'<div class="fs-curve">{reliability.one_wrong_in(rows)}</div>'
    )


def rate_line(name: str, rate: ErrorRate) -> str:
    """One rate: in percent, with its interval, and in words."""
    interval = texts.INTERVAL.format(low=_digits(rate.low), high=_digits(rate.high))
    return (
        f"<strong>{html.esc(name)}</strong> {_digits(rate.value)} % <small>({html.esc(interval)})</small>: "
        f"{html.esc(reliability.in_words(rate))}"
    )


def _digits(share: float) -> str:
    """Percent with one decimal; what would be 0.0 without being 0 keeps its first digit."""
    value = 100 * share
    return f"{value:.1f}" if value >= 0.1 or value == 0 else f"{value:.1g}"


def face_words(face: IdentifiedFace, result: Identification) -> str:
    """Below a recognised face's name: how probable, and how far the next person is. Nobody else is named."""
    words = []
    if face.probability is not None and result.evidence is not None:
        words.append(texts.FACE_LIKELY.format(percent=percent(face.probability, result.evidence)))
    if face.recognized is not None and face.margin is not None:
        words.append(texts.FACE_MARGIN.format(margin=html.number(face.margin)))
    return f"<br><small>{html.esc(', '.join(words))}</small>" if words else ""


def gallery(result: Identification) -> str:
    """How many people a stranger is expected to be taken for, in a gallery of this size; with the rates, closed."""
    expected, rates, evidence = result.false_accepts, result.rates, result.evidence
    if expected is None or rates is None or evidence is None or not result.enrolled:
        return ""
    words = (texts.EXPECTED_ONE if result.enrolled == 1 else texts.EXPECTED).format(
        value=f"{expected.value:.2g}",
        low=f"{expected.low:.2g}",
        high=f"{expected.high:.2g}",
        enrolled=f"{result.enrolled:,}",
    )
    words = f"{words} {expected_words(expected)}".strip()
    prior = texts.PRIOR_SHARED.format(percent=f"{100 * evidence.prior:.3g}")
    data = texts.EVIDENCE.format(data=evidence.data, pairs=f"{evidence.pairs:,}")
    return (
        f'<details class="fs-section fs-why"><summary>{html.esc(texts.CONFIDENCE)}</summary><p>{html.esc(words)}</p>'
        f'<p class="fs-fine">{html.esc(prior)} {html.esc(data)}</p>{rate_lines(rates)}</details>'
    )


def expected_words(expected: Expected) -> str:
    """The same as people count, where it is a matter of one stranger in so many; else empty."""
    if expected.value == 0:
        return texts.EXPECTED_NONE.format(n=reliability.one_in(expected.high, down=True)) if expected.high < 0.5 else ""
    return texts.EXPECTED_IN.format(n=reliability.one_in(expected.value)) if expected.value < 0.5 else ""


class ConfidencePanel:
    """A closed accordion below Verify's threshold. It listens to the verdict, which changes with pictures and tau."""

    def __init__(self, ctx: Context, verdict: gr.HTML, tau: gr.Slider) -> None:
        self.ctx = ctx
        with gr.Accordion(texts.CONFIDENCE, open=False, visible=False, elem_id="verify-confidence") as self.panel:
            self.body = gr.HTML("", elem_id="verify-why")
        verdict.change(self.on_change, tau, [self.panel, self.body], trigger_mode="always_last", **QUIET)

    def on_change(self, tau: float, request: gr.Request) -> tuple[gr.Accordion, str]:
        """Follows the verdict; no network runs."""
        try:
            shown = why(self.ctx.session(request), float(tau))
        except Exception as error:
            guard.record(error)
            shown = ""
        return gr.Accordion(visible=bool(shown)), shown
