"""Rows of pipelines."""

from __future__ import annotations

from azureml._support.row import Row, Verdict, parameters, rows

_FOLDER = "Means the same either way: a folder of the datastore, which both steps see as it is."
_ANEW = "Every step runs each time; nothing is taken from an earlier run."
_SUBMIT = (
    "Nobody starts it over HTTP: submit the pipeline with Experiment.submit, from cron if it is to "
    "run by the clock."
)

PIPELINES: tuple[Row, ...] = (
    *rows(
        Verdict.DIFFERENT,
        "Steps run one after another on this machine, each after those whose data it reads; the "
        "first that fails ends it, unless continue_on_step_failure is set.",
        "Pipeline", "PythonScriptStep",
    ),
    *rows(
        Verdict.REFUSED, _SUBMIT,
        "Pipeline.publish", "Pipeline.service_endpoint", "PipelineRun.publish_pipeline",
        "PipelineRun.get_pipeline_runs",
    ),
    *rows(
        Verdict.REFUSED, "A pipeline is its steps: look at those with get_steps.",
        "Pipeline.graph", "PipelineRun.get_graph", "PipelineRun.save",
    ),
    *rows(Verdict.REFUSED, "Write it in Python, with PythonScriptStep.", "Pipeline.load_yaml"),
    *parameters(
        Verdict.DIFFERENT, "Places are in the workspace's own datastore, unless data says its own.",
        "Pipeline", "default_datastore",
    ),
    *parameters(
        Verdict.DIFFERENT, _ANEW, "Pipeline.submit", "regenerate_outputs", "credential_passthrough",
    ),
    *parameters(Verdict.DIFFERENT, "As for other runs.", "PipelineRun", "kwags"),
    *parameters(Verdict.DIFFERENT, "The run itself.", "StepRun", "node_id", "kwargs"),
    *parameters(
        Verdict.DIFFERENT, _ANEW,
        "PythonScriptStep", "allow_reuse", "version", "hash_paths",
    ),
    *parameters(Verdict.DIFFERENT, _ANEW, "EstimatorStep", "allow_reuse", "version"),
    *(
        row
        for member in ("PythonScriptStep", "EstimatorStep")
        for row in parameters(
            Verdict.REFUSED, "Pass a PipelineParameter among the arguments.",
            member, "runconfig_pipeline_params",
        )
    ),
    *parameters(
        Verdict.DIFFERENT, "Inputs and outputs keep their names.",
        "PipelineStep", "fix_port_name_collisions",
    ),
    *parameters(
        Verdict.DIFFERENT, _FOLDER,
        "PipelineData", "output_name", "output_mode", "output_path_on_compute", "output_overwrite",
        "is_directory",
    ),
    *parameters(
        Verdict.REFUSED, "Write what was trained to a folder, and pass that on.",
        "PipelineData", "training_output",
    ),
    *parameters(
        Verdict.DIFFERENT, _FOLDER,
        "PipelineData.as_download", "input_name", "path_on_compute", "overwrite",
    ),
    *parameters(Verdict.DIFFERENT, _FOLDER, "PipelineData.as_mount", "input_name"),
    *parameters(Verdict.DIFFERENT, _FOLDER, "PipelineData.as_input", "input_name"),
    *parameters(
        Verdict.DIFFERENT, "Nothing takes long: files are copied on this machine.",
        "PortDataReference.download", "show_progress",
    ),
)  # fmt: skip
