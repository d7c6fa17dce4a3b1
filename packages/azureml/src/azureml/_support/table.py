"""What of v1 is refused, warned about, or different: one table of data.

A member that is not here works as v1 documents it. `azureml._support.gate` lets the rows take
effect, `azureml._support.page` writes the page in docs/ from them, and a test holds the two and
the sources together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What becomes of a member."""

    REFUSED = "refused"  # raises UserErrorException with the row's text
    WARNED = "warned"  # works, with one line on the logger `azureml`
    DIFFERENT = "different"  # works, in a way that one has to know


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
        member: `Class.member`, or `Class.member(parameter)`.
        text: Why, and what to do instead: sentences for the person who meets it.
    """

    member: str
    verdict: Verdict
    text: str


def _rows(verdict: Verdict, text: str, *members: str) -> Iterator[Row]:
    return (Row(member, verdict, text) for member in members)


def _parameters(verdict: Verdict, text: str, member: str, *names: str) -> Iterator[Row]:
    return (Row(f"{member}({name})", verdict, text) for name in names)


_NO_AZURE = "It belongs to Azure's own service; there is nothing of the kind on this machine."
_NO_LOGIN = "Nobody logs in: workspaces are folders of this machine."
_NO_TLS = "Put a proxy that ends TLS in front of the scoring address."
_ONE_MACHINE = "Kept and shown, without effect: there is one machine."
_KUBERNETES = "It comes with the Kubernetes target."

TABLE: tuple[Row, ...] = (
    # Workspace
    *(
        row
        for member in (
            "Workspace", "Workspace.from_config", "Workspace.create", "Workspace.get",
            "Workspace.list",
        )
        for row in _parameters(Verdict.WARNED, f"Not used. {_NO_LOGIN}", member, "auth")
    ),
    *_parameters(
        Verdict.WARNED,
        "Not used: models, images and secrets lie in the workspace's own folder.",
        "Workspace.create",
        "storage_account", "key_vault", "app_insights", "container_registry", "adb_workspace",
        "primary_user_assigned_identity", "cmk_keyvault", "resource_cmk_uri", "hbi_workspace",
        "default_cpu_compute_target", "default_gpu_compute_target", "private_endpoint_config",
        "user_assigned_identity_for_cmk_encryption", "v1_legacy_mode",
    ),
    *_parameters(Verdict.WARNED, "Not used: labels suffice.", "Workspace.get", "location", "id"),
    *_parameters(
        Verdict.WARNED,
        "Not used: a workspace has nothing outside its folder.",
        "Workspace.delete", "delete_dependent_resources", "no_wait",
    ),
    *_rows(
        Verdict.REFUSED, _NO_AZURE,
        "Workspace.service_context", "Workspace.discovery_url", "Workspace.update_dependencies",
        "Workspace.sync_keys", "Workspace.list_keys", "Workspace.set_connection",
        "Workspace.list_connections", "Workspace.get_connection", "Workspace.delete_connection",
        "Workspace.add_private_endpoint", "Workspace.delete_private_endpoint_connection",
    ),
    *_rows(
        Verdict.REFUSED, "Run `brygga doctor`: it looks at what this machine has.",
        "Workspace.diagnose_workspace",
    ),
    *_rows(
        Verdict.REFUSED, "A workspace's labels stay as they were given to Workspace.create.",
        "Workspace.update",
    ),
    *_rows(
        Verdict.REFUSED, "There is one datastore, the workspace's own folder.",
        "Workspace.set_default_datastore", "Datastore.set_as_default", "Datastore.unregister",
    ),
    *_rows(
        Verdict.REFUSED, "Brygga has no MLflow server; log with Run.log, or run an MLflow server.",
        "Workspace.get_mlflow_tracking_uri",
    ),
    *_rows(
        Verdict.DIFFERENT,
        "Looks only on this machine. A configuration of Azure's names a workspace that has to be "
        "made here once, with Workspace.create and the same three labels.",
        "Workspace.from_config", "Workspace.get", "Workspace.list",
    ),
    # Model
    *_parameters(
        Verdict.WARNED, "Not used: whatever is asked for is there at once.",
        "Model", "kwargs",
    ),
    *_parameters(
        Verdict.DIFFERENT, "All of a model is there at once, whatever is asked for.",
        "Model", "expand",
    ),
    *_parameters(
        Verdict.DIFFERENT, "All of a model is there at once, whatever is asked for.",
        "Model.list", "expand", "page_count",
    ),
    *_parameters(Verdict.WARNED, "The older name of exist_ok.", "Model.download", "exists_ok"),
    *_rows(
        Verdict.REFUSED, "A model's files lie on this machine: use Model.download.",
        "Model.get_sas_urls",
    ),
    *_rows(
        Verdict.DIFFERENT,
        "Paths outside the working folder are allowed; created_by is None, since nobody logs in.",
        "Model.register",
    ),
    *_rows(
        Verdict.DIFFERENT,
        "Paths among the models are registered first, under their own name, also for a local "
        "service; v1 gave those version 0. No FutureWarning speaks of SDK v2.",
        "Model.deploy",
    ),
    # InferenceConfig and images
    *_parameters(
        Verdict.WARNED, "Not used: services run on the CPU.",
        "InferenceConfig", "enable_gpu", "cuda_version",
    ),
    *_parameters(
        Verdict.WARNED, "Not used: services run on the CPU.",
        "ContainerImage.image_configuration", "enable_gpu", "cuda_version",
    ),
    *_parameters(
        Verdict.REFUSED,
        "Describe the input in the script with inference_schema, or put a swagger.json beside it.",
        "ContainerImage.image_configuration", "schema_file",
    ),
    *_rows(
        Verdict.REFUSED, "It is the body of a call to Azure's service, which nobody makes.",
        "InferenceConfig.build_create_payload", "InferenceConfig.build_profile_payload",
        "ContainerImageConfig.build_create_payload",
        "ContainerImageConfig.create_local_debug_payload",
    ),
    *_rows(
        Verdict.DIFFERENT,
        "Where no container engine answers, an image is its parts under one digest, and serves on "
        "the process target; image_location is then None.",
        "Image.create",
    ),
    # Environment
    *_rows(
        Verdict.REFUSED,
        "Only a Dockerfile's text goes with an environment: use Environment.from_dockerfile.",
        "Environment.from_docker_build_context", "DockerBuildContext.from_local_directory",
    ),
    *_rows(
        Verdict.REFUSED,
        "Brygga takes packages from the package index: export a conda file and use "
        "from_conda_specification.",
        "Environment.from_existing_conda_environment",
    ),
    *_rows(
        Verdict.DIFFERENT,
        "Returns a path of this machine; the wheel is taken in with the environment.",
        "Environment.add_private_pip_wheel",
    ),
    *_rows(
        Verdict.WARNED, "Kept and shown, without effect.",
        "DockerSection.gpu_support", "DockerSection.shared_volumes", "DockerSection.arguments",
        "DockerSection.shm_size",
    ),
    *_rows(
        Verdict.DIFFERENT,
        "Locks the environment: it is made, once, when something runs in it.",
        "Environment.build", "Environment.build_local",
    ),
    *_rows(
        Verdict.DIFFERENT,
        "Writes the running kernel's Python. No package is installed by conda: names are looked up "
        "on the package index. A Python that is not here becomes the nearest one, with one line.",
        "CondaDependencies",
    ),
    # Services
    *_parameters(
        Verdict.WARNED, _ONE_MACHINE,
        "AciWebservice.deploy_configuration",
        "location", "dns_name_label", "vnet_name", "subnet_name",
    ),
    *_parameters(
        Verdict.WARNED, "Kept and shown; logs and metrics are with the service (GET /metrics).",
        "AciWebservice.deploy_configuration", "enable_app_insights",
    ),
    *_parameters(
        Verdict.WARNED, "Kept and shown; the disk's own encryption protects this machine.",
        "AciWebservice.deploy_configuration",
        "cmk_vault_base_url", "cmk_key_name", "cmk_key_version",
    ),
    *_parameters(
        Verdict.DIFFERENT,
        "TLS needs the container target; on processes of this machine it is refused.",
        "AciWebservice.deploy_configuration", "ssl_enabled",
    ),
    *_parameters(Verdict.REFUSED, _NO_TLS, "AciWebservice.update", "ssl_enabled"),
    *_parameters(
        Verdict.WARNED, "Kept and shown; logs and metrics are with the service (GET /metrics).",
        "AciWebservice.update", "enable_app_insights",
    ),
    *_rows(
        Verdict.DIFFERENT,
        "Listens on 127.0.0.1 of this machine; without keys unless auth_enabled=True, as in v1.",
        "AciWebservice",
    ),
    *_rows(
        Verdict.DIFFERENT,
        "A failed call is made once; v1 made it up to four times. get_key is there beside "
        "get_keys.",
        "Webservice.run",
    ),
    *(
        row
        for member in ("AksWebservice.deploy_configuration", "AksWebservice.update")
        for row in (
            *_parameters(
                Verdict.WARNED,
                f"Kept and shown; the service runs the fewest replicas asked for. {_KUBERNETES}",
                member,
                "autoscale_enabled", "autoscale_min_replicas", "autoscale_max_replicas",
                "autoscale_refresh_seconds", "autoscale_target_utilization",
            ),
            *_parameters(
                Verdict.WARNED, f"Kept and shown; the front watches its workers. {_KUBERNETES}",
                member,
                "period_seconds", "initial_delay_seconds", "timeout_seconds", "success_threshold",
                "failure_threshold",
            ),
            *_parameters(
                Verdict.WARNED, f"Kept and shown, without effect. {_KUBERNETES}",
                member, "namespace",
            ),
            *_parameters(
                Verdict.WARNED,
                "Kept and shown; a replica runs one request at a time, further ones wait in the "
                "front's bounded queue.",
                member, "replica_max_concurrent_requests", "max_request_wait_time",
            ),
            *_parameters(
                Verdict.WARNED,
                "Kept and shown; logs and metrics are with the service (GET /metrics).",
                member, "enable_app_insights",
            ),
        )
    ),
    *_parameters(
        Verdict.WARNED, f"Kept and shown, without effect. {_KUBERNETES}",
        "AksWebservice.deploy_configuration", "blobfuse_enabled",
    ),
    *_parameters(
        Verdict.DIFFERENT, "Has effect on the container target.",
        "AksWebservice.deploy_configuration", "gpu_cores",
    ),
    *_parameters(
        Verdict.REFUSED, "Deploy it again: an update keeps its devices.",
        "AksWebservice.update", "gpu_cores",
    ),
    *_rows(
        Verdict.DIFFERENT,
        "Runs on this machine; num_replicas are workers behind one port, and limits are those of "
        "all of them together.",
        "AksWebservice",
    ),
    *_rows(
        Verdict.DIFFERENT,
        "The token is the service's primary key: it stays valid until that is regenerated.",
        "AksWebservice.get_token", "AksWebservice.get_access_token",
    ),
    *_rows(
        Verdict.REFUSED,
        f"Deploy two services instead. {_KUBERNETES}",
        "AksEndpoint", "AksEndpoint.deploy_configuration", "AksEndpoint.create_version",
        "AksEndpoint.update_version", "AksEndpoint.delete_version", "AksEndpoint.update",
        "AksEndpoint.run", "AksEndpoint.serialize", "AksEndpointDeploymentConfiguration",
        "AksEndpointDeploymentConfiguration.validate_endpoint_configuration",
    ),
    *_parameters(
        Verdict.WARNED, "Not used: images are kept until `brygga gc` finds them unused.",
        "LocalWebservice.delete", "delete_image",
    ),
    *_parameters(
        Verdict.DIFFERENT,
        "Rows that a script gives to ModelDataCollector go to files below the workspace's data "
        "folder, on the process target; the service's AZUREML_MODEL_DATA_DIR names the folder.",
        "AciWebservice.deploy_configuration", "collect_model_data",
    ),
    # Experiments and runs
    *_rows(
        Verdict.REFUSED,
        "Nothing is copied: keep what you need with upload_file or upload_folder.",
        "Run.take_snapshot", "Run.restore_snapshot", "Run.get_snapshot_id",
    ),
    *_rows(
        Verdict.REFUSED, "Runs are those of this machine: list them with Experiment.get_runs.",
        "Run.list_by_compute",
    ),
    *_rows(Verdict.REFUSED, "There are two kinds of runs, and no others.", "Run.add_type_provider"),
    *_rows(
        Verdict.REFUSED,
        "Call it on the run that Experiment.submit returned, after it has completed.",
        "OfflineRun.register_model", "JournalRun.register_model",
    ),
    *_rows(
        Verdict.REFUSED, "Give the workspace and the name: Experiment(workspace, name).",
        "Experiment.from_directory",
    ),
    *_parameters(
        Verdict.REFUSED, "An experiment keeps its name.", "Experiment.reactivate", "new_name",
    ),
    *_parameters(
        Verdict.WARNED, "Not used: nothing is copied, keep files with upload_file.",
        "Experiment.start_logging", "snapshot_directory",
    ),
    *(
        row
        for member in ("upload_file", "upload_files", "upload_folder")
        for row in _parameters(
            Verdict.REFUSED, "Files are kept in the workspace; there is no other place.",
            f"LoggingRun.{member}", "datastore_name",
        )
    ),
    *_rows(
        Verdict.REFUSED,
        "Data is read from this machine: copy it into the workspace's own datastore with upload.",
        "Datastore.register_azure_blob_container", "Datastore.register_azure_file_share",
        "Datastore.register_azure_data_lake", "Datastore.register_azure_data_lake_gen2",
        "Datastore.register_azure_sql_database", "Datastore.register_azure_postgre_sql",
        "Datastore.register_azure_my_sql", "Datastore.register_dbfs",
        "Datastore.register_hdfs",
    ),
    *_parameters(
        Verdict.WARNED, "Not used: scripts run with Python on this machine.",
        "RunConfiguration", "framework", "communicator", "kwargs",
    ),
    *_parameters(
        Verdict.REFUSED, "Scripts run as one process of Python: give script and arguments.",
        "ScriptRunConfig", "distributed_job_config", "resume_from", "command",
    ),
    *_parameters(
        Verdict.WARNED, "Not used: scripts run as processes of this machine, as long as they take.",
        "ScriptRunConfig", "docker_runtime_config", "max_run_duration_seconds",
    ),
    *_rows(
        Verdict.DIFFERENT,
        "Runs on this machine, whatever the compute target is called, in an environment locked "
        "for it (without one: what the script imports); Python 3.11 or newer.",
        "Experiment.submit",
    ),
    # Data
    *_rows(
        Verdict.REFUSED,
        "The class's first form was deprecated in v1: use Dataset.Tabular and Dataset.File.",
        "Dataset", "Dataset.name", "Dataset.workspace", "Dataset.id",
        "Dataset.definition_version", "Dataset.definition", "Dataset.is_visible",
        "Dataset.tags", "Dataset.description", "Dataset.state", "Dataset.get",
        "Dataset.list", "Dataset.get_definitions", "Dataset.get_definition",
        "Dataset.from_pandas_dataframe", "Dataset.from_delimited_files",
        "Dataset.auto_read_files", "Dataset.from_parquet_files", "Dataset.from_excel_files",
        "Dataset.from_binary_files", "Dataset.from_sql_query", "Dataset.from_json_files",
        "Dataset.register", "Dataset.update", "Dataset.update_definition",
        "Dataset.to_pandas_dataframe", "Dataset.to_spark_dataframe", "Dataset.head",
        "Dataset.create_snapshot", "Dataset.get_snapshot", "Dataset.delete_snapshot",
        "Dataset.get_all_snapshots", "Dataset.generate_profile", "Dataset.get_profile",
        "Dataset.deprecate", "Dataset.archive", "Dataset.reactivate",
        "Dataset.compare_profiles", "Dataset.diff", "Dataset.sample",
    ),
    *_rows(
        Verdict.DIFFERENT, "Files of this machine, read with pandas; nothing is copied.",
        "Dataset.Tabular", "Dataset.File",
    ),
    # Compute
    *_parameters(
        Verdict.REFUSED, _NO_TLS,
        "AksCompute.provisioning_configuration",
        "ssl_cname", "ssl_cert_pem_file", "ssl_key_pem_file",
    ),
    *_rows(
        Verdict.REFUSED, _NO_TLS,
        "AksProvisioningConfiguration.enable_ssl", "AksAttachConfiguration.enable_ssl",
    ),
    *_rows(
        Verdict.REFUSED, f"The cluster is this machine. {_KUBERNETES}",
        "AksCompute.update", "AksCompute.get_credentials",
    ),
    *_rows(
        Verdict.DIFFERENT, "Is there at once, and stands for this machine.",
        "ComputeTarget.create", "ComputeTarget.attach",
    ),
    *_parameters(
        Verdict.WARNED, _ONE_MACHINE,
        "AmlCompute.provisioning_configuration",
        "admin_username", "admin_user_password", "admin_user_ssh_key", "description",
        "idle_seconds_before_scaledown", "subnet_name", "tags", "vnet_name",
        "vnet_resourcegroup_name",
    ),
    # Parameters that there is nothing to do for
    *_parameters(
        Verdict.WARNED, "Not used: it is made on this machine, for this machine.",
        "Environment.build", "image_build_compute",
    ),
    *_parameters(
        Verdict.WARNED, "Not used: it is made on this machine, for this machine.",
        "Environment.build_local", "platform", "kwargs",
    ),
    *_parameters(
        Verdict.REFUSED, "Nothing is returned: list the files with get_file_names.",
        "LoggingRun.upload_files", "return_artifacts",
    ),
    *_parameters(
        Verdict.DIFFERENT, "Every call is kept when it returns; none takes long.",
        "LoggingRun.upload_files", "timeout_seconds",
    ),
    *_parameters(
        Verdict.DIFFERENT, "Files are copied on this machine, one by one.",
        "Run.download_files", "batch_size", "timeout_seconds",
    ),
    *(
        row
        for member in (
            "log", "log_accuracy_table", "log_confusion_matrix", "log_image", "log_list",
            "log_predictions", "log_residuals", "log_row", "log_table",
        )
        for row in _parameters(
            Verdict.DIFFERENT, "Not kept, as in v1, which gives it back nowhere.",
            f"LoggingRun.{member}", "description",
        )
    ),
    *_parameters(
        Verdict.DIFFERENT, "Means the same either way.",
        "Run.get_context", "used_for_context_manager",
    ),
    *_parameters(
        Verdict.DIFFERENT, "All of a metric is always there.", "Run.get_metrics", "populate",
    ),
    *_parameters(
        Verdict.DIFFERENT, "Nothing is left to do after a script has ended.",
        "Run.wait_for_completion", "wait_post_processing",
    ),
    *_parameters(
        Verdict.DIFFERENT, "The service brings what it needs of the SDK itself.",
        "CondaDependencies.create", "pin_sdk_version",
    ),
    *_parameters(
        Verdict.DIFFERENT, "Paths are this machine's: they are looked at when they are given.",
        "Datastore.path", "data_reference_name",
    ),
    *(
        row
        for member in (
            "FileDatasetFactory.from_files", "TabularDatasetFactory.from_delimited_files",
            "TabularDatasetFactory.from_json_lines_files",
            "TabularDatasetFactory.from_parquet_files",
        )
        for row in _parameters(
            Verdict.DIFFERENT, "Paths are this machine's: they are looked at when they are given.",
            member, "validate",
        )
    ),
    *_parameters(
        Verdict.DIFFERENT, "As pandas reads it: lines within quotes belong to a field.",
        "TabularDatasetFactory.from_delimited_files", "support_multi_line",
    ),
    *_parameters(
        Verdict.DIFFERENT, "As pandas reads it: a line that is no JSON is an error.",
        "TabularDatasetFactory.from_json_lines_files", "invalid_lines",
    ),
    *_parameters(
        Verdict.DIFFERENT, "As pandas reads it: what cannot be read is an error.",
        "TabularDataset.to_pandas_dataframe", "on_error", "out_of_range_datetime",
    ),
    *_parameters(
        Verdict.DIFFERENT, "What it knows is in the definition itself.",
        "Environment.get_image_details", "workspace",
    ),
    *_parameters(
        Verdict.DIFFERENT, "All that belongs to the service is removed, whatever is asked for.",
        "LocalWebservice.delete", "delete_cache", "delete_volume",
    ),
    *_parameters(
        Verdict.DIFFERENT, "v1's own plumbing, which is not called.",
        "Webservice.check_for_existing_webservice", "request_func", "check_func",
    ),
    *_parameters(
        Verdict.DIFFERENT, "There is no container before the service's own, so no log of one.",
        "Webservice.get_logs", "init",
    ),
    *_parameters(
        Verdict.DIFFERENT, "Labels that are those given to Workspace.create.",
        "Workspace", "sku", "tags",
    ),
    *_parameters(
        Verdict.DIFFERENT, "A label needs no making, and no login.",
        "Workspace.create",
        "create_resource_group", "private_endpoint_auto_approval", "system_datastores_auth_mode",
    ),
    *_parameters(Verdict.DIFFERENT, "There is no cloud.", "Workspace.get", "cloud"),
)  # fmt: skip


def _split(member: str) -> tuple[str, str | None]:
    name, bracket, parameter = member.partition("(")
    return name, parameter.removesuffix(")") if bracket else None


REFUSED = {r.member: r for r in TABLE if r.verdict is Verdict.REFUSED and "(" not in r.member}
"""By member."""

PARAMETERS: dict[str, dict[str, Row]] = {}
"""By member and parameter."""

for _row in TABLE:
    _member, _parameter = _split(_row.member)
    if _parameter is not None and _row.verdict is not Verdict.DIFFERENT:
        PARAMETERS.setdefault(_member, {})[_parameter] = _row


def row(member: str) -> Row:
    """The row of a member.

    Raises:
        KeyError: it has none.
    """
    return _BY_MEMBER[member]


_BY_MEMBER = {each.member: each for each in TABLE}
