"""What v1 had and Brygga has not: what it was, and what to use instead.

A row is for a module and all below it, for a class or function wherever it is imported from, or
for a member of a class. The nearest one counts. What the facade does have needs no row: real
modules, names and members come first.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Absent:
    """A row of what is not there.

    Attributes:
        was: What it was, as a noun.
        instead: A sentence: what to use.
        names: Modules, names, or members as `Class.member`.
    """

    was: str
    instead: str
    names: tuple[str, ...]


_SHAP = (
    "Use the packages shap or interpret-community on the model itself; an explainer is deployed as "
    "a second model beside it."
)
_THIS_MACHINE = "Compute targets stand for this machine here: AmlCompute is one."
_LOCAL_DATA = "Data is read from this machine: copy it into ws.get_default_datastore()."
_SUBMIT = "Submit the script with Experiment.submit(ScriptRunConfig(...))."

ABSENT: tuple[Absent, ...] = (
    Absent(
        "a part of Azure ML SDK v1",
        "Brygga has what registering, training and deploying on one machine needs of it.",
        ("azureml",),
    ),
    # Models
    Absent(
        "explanations of what a model predicts", _SHAP,
        (
            "azureml.explain", "azureml.interpret", "azureml.contrib.explain",
            "azureml.contrib.interpret", "azureml.train.automl.automlexplainer",
            "azureml.train.automl.automl_explain_utilities",
            "azureml.train.automl.runtime.automl_explain_utilities",
        ),
    ),
    Absent(
        "models on Azure's FPGAs",
        "Deploy the model itself, to processors with AciWebservice or AksWebservice, to a GPU with "
        "gpu_cores of AksWebservice.",
        ("azureml.accel", "azureml.contrib.brainwave"),
    ),
    Absent(
        "uploads of dashboards on fairness",
        "Compute the measures with the package fairlearn, and keep them with Run.log.",
        ("azureml.contrib.fairness",),
    ),
    Absent(
        "analyses for responsible AI in Azure's studio",
        "Use the packages responsibleai and raiwidgets on the model itself.",
        ("azureml.responsibleai",),
    ),
    Absent(
        "a watch on data that drifts, on Azure's schedule",
        "Have the service keep its rows with collect_model_data=True, and compare them with those "
        "the model was trained on.",
        ("azureml.datadrift", "azureml.contrib.datadrift"),
    ),
    Absent(
        "inference that Azure managed, before it had endpoints",
        "Deploy with AksWebservice.",
        ("azureml.contrib.mir",),
    ),
    Absent(
        "scoring of batches by pipelines, in a preview",
        "Score in a script that Experiment.submit runs.",
        (
            "BatchInferenceConfig", "azureml.core.webservice.batch",
            "BatchServiceDeploymentConfiguration",
        ),
    ),
    # Training
    Absent(
        "training with parts that Brygga does not have",
        _SUBMIT,
        ("azureml.train", "azureml.contrib.train", "azureml.training"),
    ),
    Absent(
        "reinforcement learning on clusters of Ray",
        "Run Ray on this machine, in a script that Experiment.submit runs.",
        ("azureml.contrib.train.rl",),
    ),
    Absent(
        "LightGBM on several machines",
        "Train with the package lightgbm, in a script that Experiment.submit runs.",
        ("azureml.contrib.gbdt",),
    ),
    Absent(
        "scripts as one run on several machines or processes",
        "Scripts run as one process of this machine: leave it out.",
        ("ParallelTaskConfiguration",),
    ),
    Absent(
        "the choice of an algorithm for pictures and text, on GPUs of Azure's",
        "Train with the package transformers or torchvision, in a script that Experiment.submit "
        "runs.",
        ("azureml.automl.dnn", "azureml.contrib.automl", "AutoMLImageConfig", "ImageTask"),
    ),
    Absent(
        "the automatic choice of an algorithm",
        "azureml.train.automl has AutoMLConfig; measure with sklearn.metrics, "
        "and convert with skl2onnx.",
        ("azureml.automl", "azureml.train.automl"),
    ),
    Absent(
        "many models of many series, on a cluster",
        "Train them in a loop, each in a child run: run.child_run().",
        (
            "azureml.train.automl.runtime", "azureml.contrib.automl.pipeline",
            "ManyModelsTrainParameters", "ManyModelsInferenceParameters",
        ),
    ),
    Absent(
        "metrics of a run as event files for TensorBoard",
        "Show the metrics themselves: run.get_metrics().",
        ("azureml.tensorboard", "azureml.contrib.tensorboard"),
    ),
    Absent(
        "notebooks that run as scripts",
        "Make a script of it with jupyter nbconvert --to script, and submit that with "
        "ScriptRunConfig.",
        ("azureml.contrib.notebook",),
    ),
    # Pipelines
    Absent(
        "a part of pipelines",
        "PythonScriptStep, PipelineData and Pipeline run scripts in a row on this machine.",
        ("azureml.pipeline", "azureml.contrib.pipeline"),
    ),
    Absent(
        "steps that score batches on many machines",
        "Loop over the batches in the script of a PythonScriptStep: it calls init() and run() of "
        "the entry script itself.",
        ("ParallelRunStep", "ParallelRunConfig", "azureml.contrib.pipeline.steps"),
    ),
    Absent(
        "steps that search, or choose an algorithm",
        "Submit the HyperDriveConfig or AutoMLConfig itself, with Experiment.submit, before the "
        "pipeline or after it.",
        ("HyperDriveStep", "HyperDriveStepRun", "AutoMLStep", "AutoMLStepRun"),
    ),
    Absent(
        "steps of a command, or of several processes",
        "Write it as a script of Python, in a PythonScriptStep: subprocess runs commands.",
        ("CommandStep", "MpiStep"),
    ),
    Absent(
        "steps that run on a service of Azure's",
        "Do it in a script: PythonScriptStep runs on this machine.",
        (
            "AdlaStep", "AzureBatchStep", "DatabricksStep", "KustoStep", "SynapseSparkStep",
            "DataTransferStep", "ModuleStep", "Module", "ModuleVersion",
            "azureml.pipeline.steps.predictor_step", "Template",
        ),
    ),
    Absent(
        "pipelines that others start over HTTP, or a clock",
        "Call brygga or python from cron; what answers over HTTP is a service: Model.deploy.",
        (
            "PipelineEndpoint", "PublishedPipeline", "PipelineDraft", "Schedule",
            "ScheduleRecurrence",
        ),
    ),
    Absent(
        "a misspelling of azureml.pipeline",
        "Write azureml.pipeline.",
        ("azureml.pipelince",),
    ),
    # Places
    Absent(
        "a part of azureml.core that only Azure's own service has a use for",
        "Leave it out: workspaces, models and services lie on this machine.",
        ("azureml.core",),
    ),
    Absent(
        "a service of Azure's that runs jobs",
        _THIS_MACHINE,
        (
            "AdlaCompute", "BatchCompute", "DatabricksCompute", "DataFactoryCompute",
            "HDInsightCompute", "KustoCompute", "SynapseCompute", "azureml.core.databricks",
            "LocalTarget", "attach_legacy_compute_target",
        ),
    ),
    Absent(
        "a link to Azure Synapse",
        _LOCAL_DATA,
        (
            "LinkedService", "SynapseWorkspaceLinkedServiceConfiguration",
            "azureml.core.linked_service",
        ),
    ),
    Absent(
        "a private way into Azure's network",
        "Services listen on 127.0.0.1 of this machine: leave it out.",
        ("azureml.core.private_endpoint",),
    ),
    Absent(
        "libraries of Spark", "There is no Spark: scripts run with Python.",
        ("JarLibrary", "MavenLibrary", "PyPiLibrary", "EggLibrary", "RCranLibrary"),
    ),
    Absent(
        "which cloud a password is for", "Nobody logs in: leave it out.", ("Audience",),
    ),
    # Data
    Absent("data that lies elsewhere", _LOCAL_DATA, ("azureml.data",)),
    Absent(
        "a key or an address of a storage account",
        "A datastore is a folder of this machine, which needs none: leave it out.",
        (
            "Datastore.account_key", "Datastore.sas_token", "Datastore.endpoint",
            "Datastore.protocol", "Datastore.blob_cache_timeout", "Datastore.client_id",
            "Datastore.client_secret", "Datastore.tenant_id",
        ),
    ),
    Absent(
        "steps on the way to pandas, which Azure took",
        "Call to_pandas_dataframe(), and do it in pandas.",
        tuple(
            f"TabularDataset.{name}"
            for name in (
                "filter", "partition_by", "time_after", "time_before", "time_between",
                "time_recent", "to_csv_files",
                "to_parquet_files", "with_timestamp_columns", "get_partition_key_values",
                "to_spark_dataframe", "to_dask_dataframe", "get_profile", "get_profile_runs",
                "submit_profile_run", "profile", "partition_keys", "timestamp_columns",
            )
        ),
    ),
    Absent(
        "steps on the way to files, which Azure took",
        "Choose the files with the pattern that is given to Dataset.File.from_files.",
        tuple(
            f"FileDataset.{name}"
            for name in (
                "filter", "file_metadata", "hydrate", "random_split", "skip", "take", "as_hdfs",
                "get_partition_key_values", "partition_keys",
            )
        ),
    ),
    Absent(
        "an identity of Azure's for a cluster",
        "Nobody logs in: leave it out.",
        ("AmlCompute.add_identity", "AmlCompute.remove_identity"),
    ),
    Absent(
        "columns that are made on the way to pandas",
        "Read them with Dataset.Tabular and to_pandas_dataframe(), and do the rest in pandas.",
        ("azureml.dataprep", "azureml.data.dataset_definition"),
    ),
    Absent(
        "labels that were given in Azure's studio",
        "Export them as CSV or COCO, and read the file with pandas.",
        ("azureml.contrib.dataset",),
    ),
    Absent(
        "open data that is downloaded from Azure",
        "Download the files from who publishes them, and read them with Dataset.Tabular.",
        ("azureml.opendatasets", "azureml.contrib.opendatasets"),
    ),
    # What nobody was to call
    Absent(
        "a private part of the SDK",
        "Use the classes of azureml.core; what they do not give is not to be had.",
        ("azureml._restclient", "azureml.history", "azureml.logging", "azureml.studio"),
    ),
    Absent(
        "folders as projects, in the first previews",
        "Name the experiment: Experiment(workspace, name).",
        ("azureml.project",),
    ),
    Absent(
        "contributions that never became a part of the SDK",
        "Brygga has what services import of them: azureml.contrib.services.",
        ("azureml.contrib",),
    ),
)  # fmt: skip
