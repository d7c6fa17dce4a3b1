"""The two pictures of the demo. Drawn with figures of their own: no window, no global state."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from brygga.demo.data import Images, Labels


def error_rates(matrix: NDArray[np.int64]) -> NDArray[np.float64]:
    """Each row of a confusion matrix as shares of that row, its diagonal blanked.

    What was told right would outshine the errors, and digits that are more frequent the others.
    """
    totals = matrix.sum(axis=1, keepdims=True)
    rates: NDArray[np.float64] = np.divide(
        matrix, totals, out=np.zeros(matrix.shape), where=totals > 0
    )
    np.fill_diagonal(rates, 0)
    return rates


def save_confusion(matrix: NDArray[np.int64], path: Path) -> None:
    """Saves where the errors are: brighter is more frequent."""
    figure = Figure(figsize=(7.2, 6.2), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    image = axes.imshow(error_rates(matrix), cmap="gray")
    digits = range(len(matrix))
    axes.set(xticks=digits, yticks=digits, xlabel="predicted", ylabel="true")
    axes.set_title("Share of each digit taken for another")
    figure.colorbar(image, format=lambda share, _: f"{share:.0%}")
    figure.savefig(path)


def save_strip(images: Images, labels: Labels, predicted: Labels, side: int, path: Path) -> None:
    """Saves the images in a row with the answers above; wrong ones are inverted and in red."""
    figure = Figure(figsize=(0.6 * len(images), 1.0))
    FigureCanvasAgg(figure)
    figure.subplots_adjust(left=0.005, right=0.995, bottom=0.02, top=0.64)
    for place, (image, label, answer) in enumerate(zip(images, labels, predicted, strict=True), 1):
        wrong = label != answer
        axes = figure.add_subplot(1, len(images), place)
        axes.set_axis_off()
        axes.imshow(image.reshape(side, side), cmap="gray" if wrong else "gray_r")
        axes.set_title(str(answer), fontsize=18, color="red" if wrong else "black")
    figure.savefig(path)
