"""The methods that move the pixels of G, each one evaluation of J a step."""

from __future__ import annotations

from facestyle.style.optimizers.adam import Adam
from facestyle.style.optimizers.base import PixelOptimizer
from facestyle.style.optimizers.descent import GradientDescent
from facestyle.style.optimizers.lbfgs import LBFGS
from facestyle.style.results import Optimizer

__all__ = ["LBFGS", "Adam", "GradientDescent", "PixelOptimizer", "make_optimizer"]


def make_optimizer(name: Optimizer) -> PixelOptimizer:
    """A fresh optimiser, without memory of any picture."""
    if name == "lbfgs":
        return LBFGS()
    return Adam() if name == "adam" else GradientDescent()
