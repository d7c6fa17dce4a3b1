"""Rows of what tries many times: searches, the automatic choice, and the view of runs."""

from __future__ import annotations

from azureml._support.row import Row, Verdict, parameters, rows

SEARCH: tuple[Row, ...] = (
    # Searches
    *parameters(
        Verdict.DIFFERENT,
        "At most as many runs go on at one time as this machine has cores.",
        "HyperDriveConfig",
        "max_concurrent_runs",
    ),
    *parameters(
        Verdict.REFUSED,
        "A search begins anew: give the best values found before as a choice, or a narrower range.",
        "HyperDriveConfig",
        "resume_from",
        "resume_child_runs",
    ),
    *parameters(
        Verdict.REFUSED,
        "Scripts are searched: give one as run_config or as estimator.",
        "HyperDriveConfig",
        "pipeline",
    ),
    *parameters(Verdict.WARNED, "Not used.", "HyperDriveConfig", "debug_flag"),
    *rows(
        Verdict.DIFFERENT,
        "A Gaussian process with expected improvement, of Brygga's own: what Azure ran was never "
        "told. Good for up to some ten parameters and a hundred runs.",
        "BayesianParameterSampling",
    ),
    *(
        row
        for member in (
            "RandomParameterSampling",
            "GridParameterSampling",
            "BayesianParameterSampling",
        )
        for row in parameters(
            Verdict.DIFFERENT, "`seed` is used, and nothing else.", member, "properties"
        )
    ),
    *parameters(
        Verdict.DIFFERENT,
        "No search takes over the runs of another.",
        "HyperDriveRun.get_best_run_by_primary_metric",
        "include_resume_from_runs",
    ),
    *parameters(
        Verdict.DIFFERENT,
        "The metrics of all its runs are always there, by their ids.",
        "HyperDriveRun.get_metrics",
        "recursive",
        "run_type",
        "populate",
    ),
    *rows(
        Verdict.REFUSED, "A search fails by itself; end one with cancel().", "HyperDriveRun.fail"
    ),
    # The view of runs
    *parameters(
        Verdict.DIFFERENT,
        "Drawn in one way: HTML that changes in its place; outside of notebooks, text.",
        "RunDetails.show",
        "render_lib",
        "widget_settings",
    ),
    *parameters(
        Verdict.DIFFERENT,
        "All of it is always there.",
        "RunDetails.get_widget_data",
        "widget_settings",
    ),
    # The automatic choice
    *rows(
        Verdict.DIFFERENT,
        "FLAML searches, on this machine, in a locked environment of its own; ensembles are not "
        "made. Texts are counted by their words, times become months, days and hours.",
        "AutoMLConfig",
    ),
    *parameters(
        Verdict.DIFFERENT,
        "Any time above 0; where neither a time nor iterations are given it is ten minutes.",
        "AutoMLConfig",
        "experiment_timeout_hours",
    ),
    *parameters(
        Verdict.DIFFERENT,
        "Without one, or with the name local, submit returns when it is done; with any other it "
        "goes on, on this machine.",
        "AutoMLConfig",
        "compute_target",
    ),
    *parameters(
        Verdict.DIFFERENT,
        "`drop_columns` is used; the kinds of columns are seen from their values.",
        "AutoMLConfig",
        "featurization",
    ),
    *parameters(
        Verdict.DIFFERENT,
        "Not used: one model is fitted at a time, with all cores.",
        "AutoMLConfig",
        "max_cores_per_iteration",
        "max_concurrent_iterations",
    ),
    *parameters(
        Verdict.DIFFERENT,
        "Not used: nothing here depends on it.",
        "AutoMLConfig",
        "path",
        "positive_label",
        "y_min",
        "y_max",
        "num_classes",
        "verbosity",
        "debug_log",
        "enforce_time_on_windows",
        "enable_tf",
        "model_explainability",
        "enable_voting_ensemble",
        "enable_stack_ensemble",
        "exclude_nan_labels",
        "enable_local_managed",
        "enable_dnn",
    ),
    *parameters(
        Verdict.WARNED,
        "Not used: FLAML has nothing like it.",
        "AutoMLConfig",
        "sample_weight_valid",
        "cv_splits_indices",
        "cv_split_column_names",
        "mem_in_mb",
        "experiment_exit_score",
        "enable_onnx_compatible_models",
        "kwargs",
    ),
    *parameters(
        Verdict.WARNED,
        "Not used: measure the model of get_output() on data that you held back.",
        "AutoMLConfig",
        "test_data",
        "test_size",
    ),
    *parameters(
        Verdict.REFUSED,
        "There is no Spark: leave it out.",
        "AutoMLConfig",
        "spark_context",
    ),
    *rows(
        Verdict.DIFFERENT,
        "`time_column_name` and `forecast_horizon` are used; one series is forecast.",
        "ForecastingParameters",
    ),
    *parameters(
        Verdict.WARNED,
        "Kept, without effect: FLAML sees the kinds of columns from their values.",
        "FeaturizationConfig",
        "blocked_transformers",
        "column_purposes",
        "transformer_params",
        "dataset_language",
        "prediction_transform_type",
    ),
    *parameters(
        Verdict.REFUSED,
        "Models are pickles: convert the one of get_output() with skl2onnx.",
        "AutoMLRun.get_output",
        "return_onnx_model",
        "return_split_onnx_model",
    ),
    *parameters(
        Verdict.REFUSED,
        "Models are pickles: convert the one of get_output() with skl2onnx.",
        "AutoMLRun.get_best_child",
        "onnx_compatible",
    ),
    *(
        row
        for member in ("get_output", "get_best_child", "get_run_sdk_dependencies")
        for row in parameters(Verdict.WARNED, "Not used.", f"AutoMLRun.{member}", "kwargs")
    ),
    *parameters(
        Verdict.DIFFERENT,
        "Versions are those of the model's own environment.",
        "AutoMLRun.get_run_sdk_dependencies",
        "check_versions",
    ),
    *parameters(
        Verdict.DIFFERENT,
        "There are no GPUs in it.",
        "AutoMLConfig.get_supported_dataset_languages",
        "use_gpu",
    ),
    *parameters(
        Verdict.DIFFERENT,
        "Not used: a forecast begins where the rows end that were fitted.",
        "ForecastingModel.forecast",
        "y_pred",
    ),
    *rows(
        Verdict.REFUSED,
        "A search goes on until its time is over: submit another configuration, or cancel the run.",
        "AutoMLRun.cancel_iteration",
        "AutoMLRun.continue_experiment",
        "AutoMLRun.retry",
        "AutoMLRun.pause",
        "AutoMLRun.resume",
    ),
)
