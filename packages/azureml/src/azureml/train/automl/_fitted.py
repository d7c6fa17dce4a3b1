"""The model that was chosen, for a notebook that may not have its packages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from azureml._support.errors import translated
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from brygga.runs.automl.flaml import ChosenModel


def fitted_model(chosen: ChosenModel) -> Any:
    """Itself where its packages are here at the same versions, else one that asks it elsewhere."""
    if chosen.about["task"] == "forecasting":
        return ForecastingModel(chosen)
    loaded = chosen.loaded()
    return AskedModel(chosen) if loaded is None else loaded


class AskedModel:
    """A model that lives in an environment of its own: each call is a process there."""

    def __init__(self, chosen: ChosenModel) -> None:
        self._chosen = chosen

    def predict(self, X: Any) -> Any:
        """A label for each row."""
        return self._ask("predict", X).iloc[:, 0].to_numpy()

    def predict_proba(self, X: Any) -> Any:
        """For each row, how likely each class is."""
        return self._ask("predict_proba", X).to_numpy()

    def _ask(self, method: str, rows: Any) -> Any:
        import pandas as pd

        if hasattr(rows, "to_pandas_dataframe"):
            rows = rows.to_pandas_dataframe()
        if not isinstance(rows, pd.DataFrame):
            columns = self._chosen.about["columns"]
            frame = pd.DataFrame(rows)
            rows = frame.set_axis(columns, axis=1) if len(columns) == frame.shape[1] else frame
        with translated(UserErrorException):
            return self._chosen.ask(method, rows)

    def __repr__(self) -> str:
        packages = ", ".join(f"{k} {v}" for k, v in self._chosen.about["packages"].items())
        return f"{type(self).__name__}({self._chosen.about['algorithm']}, asked where {packages})"


class ForecastingModel(AskedModel):
    """A model of one series; what it is asked for are the times after those it was fitted to."""

    def forecast(self, X_pred: Any, y_pred: Any = None, **_: Any) -> tuple[Any, Any]:
        """The values at these times, and the rows with them; what is known of them is not used."""
        import pandas as pd

        rows = X_pred.to_pandas_dataframe() if hasattr(X_pred, "to_pandas_dataframe") else X_pred
        label = self._chosen.about["label"]
        rows = pd.DataFrame(rows).drop(columns=[label], errors="ignore")
        values = self.predict(rows)
        return values, rows.assign(_automl_target_col=values)
