"""Where a script works: its folders and files, settled once, and the names it finds them by.

The front asks for the same of its settings, so that nothing is looked for in two ways.
"""

import os
from typing import Dict, List, NamedTuple, Optional

# A service's own value of these, or none: never one that the front happens to have inherited.
NAMES = ("AML_APP_ROOT", "AZUREML_ENTRY_SCRIPT", "AZUREML_MODEL_DIR", "AZUREML_SOURCE_DIRECTORY")


class Workplace(NamedTuple):
    """All absolute, except that v1 tells its scripts where the models are as it was told itself."""

    app_root: str
    entry_script: Optional[str]  # None: `import main`, as v1 does without a script
    source_directory: Optional[str]
    model_dir: Optional[str]
    secrets_dir: Optional[str]

    @property
    def script_folder(self) -> str:
        """Where the script lies."""
        return os.path.dirname(self.entry_script) if self.entry_script else self.app_root

    @property
    def names(self) -> Dict[str, str]:
        """What it is told in its environment."""
        values = (self.app_root, self.entry_script, self.model_dir, self.source_directory)
        return {name: value for name, value in zip(NAMES, values) if value}

    @property
    def paths(self) -> List[str]:
        """Where its own modules are, before anything that is installed."""
        script = self.script_folder if self.entry_script else None
        folders = [script, self.source_directory, self.app_root]
        return list(dict.fromkeys(os.path.normpath(folder) for folder in folders if folder))

    @property
    def logging_files(self) -> List[str]:
        """Where its own configuration of `logging` may lie; the first that is there counts."""
        folders = dict.fromkeys((self.app_root, self.script_folder))
        return [os.path.join(folder, "logging.json") for folder in folders]


def settle(
    app_root: Optional[str],
    *,
    entry_script: Optional[str] = None,
    source_directory: Optional[str] = None,
    model_dir: Optional[str] = None,
    secrets_dir: Optional[str] = None,
    profile: str = "native",
) -> Workplace:
    """The place that settings describe.

    Folders are relative to `app_root`, which may be relative to the current folder; the script is
    relative to the source directory if it is there, else to `app_root`.
    """
    root = os.path.abspath(app_root or ".")
    source = _under(root, source_directory)
    script = _under(root, entry_script)
    if entry_script is not None and source is not None:
        beside = os.path.join(source, entry_script)
        script = beside if os.path.exists(beside) else script
    models = model_dir if profile == "v1" else _under(root, model_dir)
    return Workplace(root, script, source, models, _under(root, secrets_dir))


def _under(root: str, path: Optional[str]) -> Optional[str]:
    return None if path is None else os.path.join(root, path)
