"""Trains the model that score.py serves: `python train.py FOLDER`.

FOLDER holds MNIST as train-images.gz and train-labels.gz; without it, scikit-learn's own digits
are used, whose images have 64 numbers instead of 784. Some of those that it was not trained with
are written to rows.json, to be sent to the service.
"""

import json
import sys
from pathlib import Path

import joblib
from sklearn.linear_model import LogisticRegression

from brygga.demo.data import bundled, mnist


def main():
    digits = mnist(Path(sys.argv[1])) if len(sys.argv) > 1 else bundled()
    model = LogisticRegression(C=1 / 0.8, random_state=42)
    model.fit(digits.train_images, digits.train_labels)
    joblib.dump(model, "sklearn_mnist_model.pkl")
    rows = {"data": digits.test_images[:30].tolist()}
    Path("rows.json").write_text(json.dumps(rows), encoding="utf-8")
    print(f"accuracy {model.score(digits.test_images, digits.test_labels):.4f}")


if __name__ == "__main__":
    main()
