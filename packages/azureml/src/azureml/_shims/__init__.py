"""What old notebooks need beside `azureml.core`: one small module for each.

`BRYGGA_AZUREML_SHIMS` in the environment names those that are wanted, with commas between them;
unset means all, empty means none.
"""

from __future__ import annotations

import os

from azureml._shims import numpy_text, sklearn_joblib

SHIMS = {
    "sklearn_joblib": sklearn_joblib.install,
    "numpy_text": numpy_text.install,
}


def install() -> None:
    """Installs those that are wanted, once."""
    asked = os.environ.get("BRYGGA_AZUREML_SHIMS")
    wanted = set(SHIMS) if asked is None else {name.strip() for name in asked.split(",")}
    for name, function in SHIMS.items():
        if name in wanted:
            function()
