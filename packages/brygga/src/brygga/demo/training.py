"""The model of the demo."""

from __future__ import annotations

import warnings
from pathlib import Path

from brygga.demo.data import Digits


def train(digits: Digits, folder: Path) -> Path:
    """Fits a logistic regression; writes it into the folder under the name score.py looks for."""
    import joblib
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    classifier = LogisticRegression(C=1 / 0.8, random_state=42)
    with warnings.catch_warnings():
        # On MNIST the default of 100 iterations ends before the optimum; more of them cost minutes
        # and gain nothing on the test images.
        warnings.simplefilter("ignore", ConvergenceWarning)
        classifier.fit(digits.train_images, digits.train_labels)
    path = folder / "digits.joblib"
    joblib.dump(classifier, path)
    return path
