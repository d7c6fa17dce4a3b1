"""Rows of scripts that are submitted, their inputs, and what trains with them."""

from __future__ import annotations

from azureml._support.row import Row, Verdict, parameters, rows

_PLACE = "Not used: a script is given the path of a folder of its own, on this machine."
_ONE_PROCESS = "Kept, without effect: a script runs as one process of this machine."

_MACHINES = ("vm_size", "vm_priority", "shm_size", "max_run_duration_seconds")
_SPREAD = (
    "node_count", "process_count_per_node", "distributed_backend", "distributed_training",
    "use_gpu", "source_directory_data_store",
)  # fmt: skip

TRAINING: tuple[Row, ...] = (
    *rows(
        Verdict.DIFFERENT,
        "Runs on this machine, whatever the compute target is called, in an environment locked "
        "for it (without one: what the script imports).",
        "Experiment.submit",
    ),
    *rows(
        Verdict.WARNED,
        "Attributes of a RunConfiguration other than script, arguments, target, environment, "
        "data_references and docker are not used: scripts run on this machine.",
        "RunConfiguration",
    ),
    *parameters(
        Verdict.WARNED, "Not used: scripts run with Python on this machine.",
        "RunConfiguration", "framework", "communicator", "kwargs",
    ),
    *parameters(
        Verdict.REFUSED, "Scripts run as one process of Python: give script and arguments.",
        "ScriptRunConfig", "resume_from", "command",
    ),
    *parameters(
        Verdict.WARNED, "Not used: a script runs as one process of this machine, as long as it "
        "takes.",
        "ScriptRunConfig", "distributed_job_config", "max_run_duration_seconds",
    ),
    *rows(
        Verdict.WARNED,
        "Docker is asked for; the script runs as a process of this machine, in an environment "
        "with the same packages.",
        "DockerConfiguration",
    ),
    *parameters(
        Verdict.DIFFERENT, "A process needs none of them.",
        "DockerConfiguration", "shared_volumes", "arguments", "shm_size",
    ),
    *parameters(
        Verdict.DIFFERENT, _ONE_PROCESS,
        "MpiConfiguration", "process_count_per_node", "node_count",
    ),
    *parameters(
        Verdict.DIFFERENT, _ONE_PROCESS,
        "PyTorchConfiguration", "communication_backend", "process_count", "node_count",
    ),
    *parameters(
        Verdict.DIFFERENT, _ONE_PROCESS,
        "TensorflowConfiguration", "worker_count", "parameter_server_count",
    ),
    # Estimators
    *rows(
        Verdict.DIFFERENT,
        "A script run with the framework's packages, at the version of framework_version, else at "
        "that installed where the call is made, or the newest; v1's default versions are not asked "
        "for.",
        "PyTorch", "TensorFlow", "Chainer",
    ),
    *rows(
        Verdict.DIFFERENT,
        "A script run with scikit-learn, at the version of framework_version, else the last below "
        "1.8: later ones refuse what scripts of v1's time say. v1's default version is not asked "
        "for.",
        "SKLearn",
    ),
    *(
        row
        for member in ("Estimator", "SKLearn", "PyTorch", "TensorFlow", "Chainer")
        for row in (
            *parameters(
                Verdict.WARNED, "Not used: a script runs as one process of this machine.",
                member, *_MACHINES, *(_SPREAD if member != "SKLearn" else ()),
                *(("worker_count", "parameter_server_count") if member == "TensorFlow" else ()),
            ),
            *parameters(
                Verdict.DIFFERENT,
                "A script runs as a process of this machine, in its locked environment; one line "
                "says so where an image or docker.enabled asks for a container.",
                member, "use_docker",
            ),
            *parameters(
                Verdict.REFUSED, "Nothing is resumed: pass the path of what to begin with in "
                "script_params.",
                member, "resume_from",
            ),
        )
    ),
    # MLflow
    *rows(
        Verdict.DIFFERENT,
        "A folder of this machine, without a server: what MLflow writes there are runs, and what "
        "it registers are models, once runs or models are asked for. Parameters are tags. A "
        "submitted script writes to its own run.",
        "Workspace.get_mlflow_tracking_uri",
    ),
    # Open datasets
    *(
        row
        for member in ("MNIST.get_file_dataset", "Diabetes.get_tabular_dataset")
        for row in parameters(
            Verdict.DIFFERENT, "Nothing is sent, whatever is asked for.", member, "enable_telemetry"
        )
    ),
    *rows(
        Verdict.DIFFERENT,
        "Files of a mirror on this machine, in the folder that BRYGGA_OPENDATASETS names; without "
        "one scikit-learn's own rows.",
        "Diabetes",
    ),
    # Inputs of scripts
    *(
        row
        for member in (
            "DatasetConsumptionConfig", "DatasetConsumptionConfig.as_mount",
            "DatasetConsumptionConfig.as_download", "FileDataset.as_mount",
            "FileDataset.as_download", "Datastore.as_download", "Datastore.as_upload",
        )
        for row in parameters(Verdict.WARNED, _PLACE, member, "path_on_compute")
    ),
    *(
        row
        for member in (
            "DataReference", "DataReference.as_download", "DataReference.as_upload",
            "DataReferenceConfiguration",
        )
        for row in parameters(Verdict.WARNED, _PLACE, member, "path_on_compute", "overwrite")
    ),
    *parameters(
        Verdict.DIFFERENT, "Means the same either way: a script writes to the folder itself.",
        "OutputFileDatasetConfig.as_upload", "overwrite", "source_globs",
    ),
    *parameters(
        Verdict.DIFFERENT, "Means the same either way: a script writes to the folder itself.",
        "OutputFileDatasetConfig.as_mount", "disable_metadata_cache",
    ),
    *rows(
        Verdict.DIFFERENT,
        "A folder with links to the files, or with copies of them, made for each run.",
        "FileDataset.as_mount", "FileDataset.as_download",
    ),
)  # fmt: skip
