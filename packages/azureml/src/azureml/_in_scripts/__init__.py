"""The package `azureml` as a submitted script finds it, whatever its Python and its packages are.

What it says of its run it writes to a journal at once. All else of v1, the workspace, datasets,
models, other runs, is asked of a process with the caller's own Python, which is started when it is
first needed. Standard library only, CPython 3.8 and newer.
"""

import os
import sys
from importlib.util import module_from_spec, spec_from_file_location


def _begin() -> None:
    from ._modules import _Modules

    sys.meta_path.append(_Modules())
    file = os.path.join(os.path.dirname(os.path.dirname(__file__)), "_shims", "sklearn_joblib.py")
    spec = spec_from_file_location("azureml._sklearn_joblib", file)
    if spec is not None and spec.loader is not None:
        shim = module_from_spec(spec)
        spec.loader.exec_module(shim)
        shim.install()


# Under its own name it is a part of the facade, which the answering process imports from.
if __name__ == "azureml":
    _begin()
