"""What a forecast is told of its series; the time's column and the horizon have an effect."""

from __future__ import annotations

from typing import Any


class ForecastingParameters:
    """The column of the time, how far ahead, and what v1 could be told beside that."""

    EMPTY_TIME_COLUMN_NAME = "_EMPTY_TIME_COLUMN_NAME"
    MAX_LAG_LENGTH = 2000

    def __init__(
        self,
        time_column_name: str | None = None,
        forecast_horizon: Any = 1,
        time_series_id_column_names: Any = None,
        group_column_names: Any = None,
        target_lags: Any = None,
        feature_lags: Any = None,
        target_rolling_window_size: Any = None,
        holiday_country: Any = None,
        seasonality: Any = "auto",
        country_or_region_for_holidays: Any = None,
        use_stl: Any = None,
        short_series_handling: Any = True,
        short_series_handling_configuration: Any = "auto",
        freq: Any = None,
        target_aggregation_function: Any = None,
        cv_step_size: Any = "auto",
        features_unknown_at_forecast_time: Any = None,
        validate_parameters: bool = True,
        _enable_future_regressors: bool = False,
        **kwargs: Any,
    ) -> None:
        given = {k: v for k, v in locals().items() if k not in ("self", "kwargs")}
        vars(self).update({**kwargs, **given})
