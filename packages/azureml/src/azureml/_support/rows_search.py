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
)
