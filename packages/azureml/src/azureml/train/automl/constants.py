"""Names that notebooks of v1 take from here."""


class Scenarios:
    """v1's environments for the models of a search; here they have one of their own."""

    AUTOML = "AutoML"
    SDK = "SDK"
    SDK_COMPATIBLE = "SDK-1.13.0"
    SDK_COMPATIBLE_1120 = "SDK-Compatible"


MODEL_PATH = "outputs/model.pkl"
"""Of the best run."""

CONDA_ENV_FILE_PATH = "outputs/conda_env_v_1_0_0.yml"
"""The packages of its model."""

SCORING_FILE_PATH = "outputs/scoring_file_v_1_0_0.py"
"""A script that scores with it."""
