"""The script, for processes that it starts anew: spawn, forkserver and loky import it by its name.

The worker itself has loaded it under this name before, and forked processes have it from there.
This folder stands last on `sys.path`, which such processes are given; there is nothing else in it.
"""

import os
import runpy
from importlib import import_module

_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

runpy.run_path(os.path.join(_FOLDER, "bootstrap.py"))["register_package"](_FOLDER)
import_module("_brygga_worker.script").load_in_child(__name__)
