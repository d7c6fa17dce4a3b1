"""Asks a fitted model: `python predict.py MODEL METHOD FOLDER`, with a table in FOLDER/in."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import pandas as pd
import table


def main() -> None:
    """Writes a table of what the model says into FOLDER/out."""
    file, method, folder = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    with file.open("rb") as opened:
        model = pickle.load(opened)  # noqa: S301 - of the run that this was asked of
    found = getattr(model, method)(table.read(folder / "in"))
    table.write(pd.DataFrame(found), folder / "out")


if __name__ == "__main__":
    main()
