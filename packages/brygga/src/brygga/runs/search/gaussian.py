"""A Gaussian process over the unit cube: what a value would be somewhere, and how sure that is.

Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), algorithm 2.1, with a
Matern kernel (nu = 5/2). In Python alone: a search has some hundred points, which takes
milliseconds, and NumPy is not everywhere that Brygga is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, pstdev

Point = Sequence[float]

_NORMAL = NormalDist()
_NOISE = 1e-4  # of the variance: the same parameters do not give the same value twice
_ROOT = math.sqrt(5.0)
_LENGTHS = (0.1, 0.2, 0.4, 0.8, 1.6)


@dataclass(frozen=True)
class GaussianProcess:
    """Fitted to points and their values."""

    points: tuple[Point, ...]
    length: float
    mean: float
    scale: float
    factor: list[list[float]]
    weights: list[float]

    def expected_gain(self, point: Point, best: float) -> float:
        """By how much a value there is expected to exceed the best one (expected improvement)."""
        near = [_kernel(math.dist(point, each), self.length) for each in self.points]
        middle = sum(a * b for a, b in zip(near, self.weights, strict=True))
        solved = _forward(self.factor, near)
        spread = math.sqrt(max(1.0 - sum(v * v for v in solved), 1e-12))
        above = middle - (best - self.mean) / self.scale
        return above * _NORMAL.cdf(above / spread) + spread * _NORMAL.pdf(above / spread)


def fitted(points: Sequence[Point], values: Sequence[float]) -> GaussianProcess:
    """The process, of those with the lengths it may have, that makes the values likeliest."""
    mean, scale = fmean(values), pstdev(values) or 1.0
    scaled = [(value - mean) / scale for value in values]
    apart = [[math.dist(a, b) for b in points[: i + 1]] for i, a in enumerate(points)]
    tried = [_with_length(apart, scaled, length) for length in _LENGTHS]
    _, length, factor, weights = max(tried, key=lambda each: each[0])
    return GaussianProcess(tuple(points), length, mean, scale, factor, weights)


def _with_length(
    apart: Sequence[Sequence[float]], values: Sequence[float], length: float
) -> tuple[float, float, list[list[float]], list[float]]:
    rows = [[_kernel(each, length) for each in row] for row in apart]
    for row in rows:
        row[-1] += _NOISE
    factor = _cholesky(rows)
    weights = _backward(factor, _forward(factor, values))
    fit = sum(a * b for a, b in zip(values, weights, strict=True))
    likelihood = -0.5 * fit - sum(math.log(row[-1]) for row in factor)
    return likelihood, length, factor, weights


def _kernel(apart: float, length: float) -> float:
    far = _ROOT * apart / length
    return (1.0 + far + far * far / 3.0) * math.exp(-far)


def _cholesky(rows: Sequence[Sequence[float]]) -> list[list[float]]:
    """The lower triangle of which the matrix is the product with itself; of it, the lower half."""
    factor: list[list[float]] = []
    for i, row in enumerate(rows):
        made: list[float] = []
        for j in range(i):
            above = factor[j]
            made.append((row[j] - sum(map(float.__mul__, made, above[:j]))) / above[j])
        made.append(math.sqrt(max(row[i] - sum(v * v for v in made), _NOISE / 2)))
        factor.append(made)
    return factor


def _forward(factor: Sequence[Sequence[float]], values: Sequence[float]) -> list[float]:
    solved: list[float] = []
    for row, value in zip(factor, values, strict=True):
        solved.append((value - sum(map(float.__mul__, row[:-1], solved))) / row[-1])
    return solved


def _backward(factor: Sequence[Sequence[float]], values: Sequence[float]) -> list[float]:
    solved = list(values)
    for i in range(len(factor) - 1, -1, -1):
        solved[i] /= factor[i][i]
        for j in range(i):
            solved[j] -= factor[i][j] * solved[i]
    return solved
