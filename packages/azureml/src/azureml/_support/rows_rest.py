"""Rows of runs, data and compute, and of parameters there is nothing to do for."""

from __future__ import annotations

from azureml._support.row import Row, Verdict, parameters, rows

_ONE_MACHINE = "Kept and shown, without effect: there is one machine."

REST: tuple[Row, ...] = (
    # Experiments and runs
    *rows(
        Verdict.REFUSED,
        "Nothing is copied: keep what you need with upload_file or upload_folder.",
        "Run.take_snapshot", "Run.restore_snapshot", "Run.get_snapshot_id",
    ),
    *rows(
        Verdict.REFUSED, "Runs are those of this machine: list them with Experiment.get_runs.",
        "Run.list_by_compute",
    ),
    *rows(Verdict.REFUSED, "There are two kinds of runs, and no others.", "Run.add_type_provider"),
    *rows(
        Verdict.REFUSED,
        "Call it on the run that Experiment.submit returned, after it has completed.",
        "OfflineRun.register_model",
    ),
    *rows(
        Verdict.REFUSED, "Give the workspace and the name: Experiment(workspace, name).",
        "Experiment.from_directory",
    ),
    *parameters(
        Verdict.REFUSED, "An experiment keeps its name.", "Experiment.reactivate", "new_name",
    ),
    *parameters(
        Verdict.WARNED, "Not used: nothing is copied, keep files with upload_file.",
        "Experiment.start_logging", "snapshot_directory",
    ),
    *(
        row
        for member in ("upload_file", "upload_files", "upload_folder")
        for row in parameters(
            Verdict.REFUSED, "Files are kept in the workspace; there is no other place.",
            f"LoggingRun.{member}", "datastore_name",
        )
    ),
    *rows(
        Verdict.REFUSED,
        "Data is read from this machine: copy it into the workspace's own datastore with upload.",
        "Datastore.register_azure_blob_container", "Datastore.register_azure_file_share",
        "Datastore.register_azure_data_lake", "Datastore.register_azure_data_lake_gen2",
        "Datastore.register_azure_sql_database", "Datastore.register_azure_postgre_sql",
        "Datastore.register_azure_my_sql", "Datastore.register_dbfs",
        "Datastore.register_hdfs",
    ),
    # Data
    *rows(
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
    *rows(
        Verdict.DIFFERENT, "A label: a datastore is a folder of the workspace's own.",
        "Datastore.account_name", "Datastore.container_name",
    ),
    *rows(
        Verdict.DIFFERENT, "Leads to a folder of this machine: there is no portal.",
        "Run.get_portal_url", "Experiment.get_portal_url",
    ),
    *rows(
        Verdict.DIFFERENT, "Files of this machine, read with pandas; nothing is copied.",
        "Dataset.Tabular", "Dataset.File",
    ),
    *rows(
        Verdict.REFUSED, "Its files lie on this machine already: use to_path or download.",
        "FileDataset.mount",
    ),
    # Compute
    *parameters(
        Verdict.DIFFERENT,
        "Services that are deployed to it use HTTPS, on the container target; on processes of this "
        "machine that is refused.",
        "AksCompute.provisioning_configuration", "ssl_cert_pem_file",
    ),
    *(
        row
        for member in (
            "AksProvisioningConfiguration.enable_ssl", "AksAttachConfiguration.enable_ssl",
        )
        for row in (
            *parameters(
                Verdict.WARNED,
                "Kept and shown: nobody signs a certificate here. With one of your own "
                "(ssl_cname, ssl_cert_pem_file, ssl_key_pem_file) services use HTTPS.",
                member, "leaf_domain_label",
            ),
            *parameters(
                Verdict.DIFFERENT, "There is no domain that could be there already.",
                member, "overwrite_existing_domain",
            ),
        )
    ),
    *rows(
        Verdict.REFUSED,
        "The cluster is this machine, or one that `brygga target add` has declared by its name, "
        "with credentials of its own.",
        "AksCompute.update", "AksCompute.get_credentials",
    ),
    *rows(
        Verdict.DIFFERENT, "Is there at once, and stands for this machine.",
        "ComputeTarget.create", "ComputeTarget.attach",
    ),
    *parameters(
        Verdict.WARNED, _ONE_MACHINE,
        "AksCompute.provisioning_configuration",
        "vnet_resourcegroup_name", "vnet_name", "subnet_name", "service_cidr", "dns_service_ip",
        "docker_bridge_cidr", "load_balancer_type", "load_balancer_subnet",
    ),
    *parameters(
        Verdict.WARNED, _ONE_MACHINE,
        "AksCompute.attach_configuration", "load_balancer_type", "load_balancer_subnet",
    ),
    *parameters(
        Verdict.DIFFERENT, "Kept and shown: the cluster is this machine, as it is.",
        "AksCompute.provisioning_configuration",
        "agent_count", "vm_size", "location", "cluster_purpose",
    ),
    *parameters(
        Verdict.DIFFERENT, "Kept and shown: the cluster is this machine, as it is.",
        "AksCompute.attach_configuration", "cluster_purpose",
    ),
    *parameters(
        Verdict.DIFFERENT, "Kept and shown: scripts run on this machine, as it is.",
        "AmlCompute.provisioning_configuration",
        "vm_size", "vm_priority", "min_nodes", "max_nodes", "idle_seconds_before_scaledown",
    ),
    *parameters(
        Verdict.DIFFERENT, "Returns at once: this machine is there.",
        "AmlCompute.wait_for_completion", "min_node_count", "timeout_in_minutes",
    ),
    *parameters(
        Verdict.DIFFERENT, "One: this machine, whatever size is asked for.",
        "AmlCompute.supported_vmsizes", "workspace", "location",
    ),
    *(
        row
        for member in ("start", "stop", "restart")
        for row in parameters(
            Verdict.DIFFERENT, "Nothing is to be waited for: it is this machine, which runs.",
            f"ComputeInstance.{member}", "wait_for_completion", "show_output",
        )
    ),
    *parameters(
        Verdict.WARNED, _ONE_MACHINE,
        "ComputeInstance.provisioning_configuration", "description", "tags", "kwargs",
    ),
    *parameters(
        Verdict.WARNED, _ONE_MACHINE,
        "BatchAiCompute.provisioning_configuration", "autoscale_enabled", "kwargs",
    ),
    *parameters(
        Verdict.WARNED, _ONE_MACHINE, "DsvmCompute.provisioning_configuration", "kwargs",
    ),
    *parameters(
        Verdict.WARNED, "Not used, nor kept: scripts run on this machine.",
        "RemoteCompute.attach_configuration",
        "ssh_port", "password", "private_key_file", "private_key_passphrase",
    ),
    *parameters(
        Verdict.DIFFERENT, "Not used, nor kept: scripts run on this machine.",
        "RemoteCompute.attach", "kwargs",
    ),
    *parameters(
        Verdict.DIFFERENT,
        "Not part of the path: each service has a folder of its own, below its workspace.",
        "ModelDataCollector", "workspace", "webservice_name", "collection_name",
    ),
    *parameters(
        Verdict.WARNED, _ONE_MACHINE,
        "AmlCompute.provisioning_configuration",
        "admin_username", "admin_user_password", "admin_user_ssh_key", "description",
        "identity_id", "identity_type", "remote_login_port_public_access", "subnet_name", "tags",
        "vnet_name", "vnet_resourcegroup_name",
    ),
    # Parameters that there is nothing to do for
    *parameters(
        Verdict.WARNED, "Not used: it is made on this machine, for this machine.",
        "Environment.build", "image_build_compute",
    ),
    *parameters(
        Verdict.WARNED, "Not used: it is made on this machine, for this machine.",
        "Environment.build_local", "platform", "kwargs",
    ),
    *parameters(
        Verdict.REFUSED, "Nothing is returned: list the files with get_file_names.",
        "LoggingRun.upload_files", "return_artifacts",
    ),
    *parameters(
        Verdict.DIFFERENT, "Every call is kept when it returns; none takes long.",
        "LoggingRun.upload_files", "timeout_seconds",
    ),
    *parameters(
        Verdict.DIFFERENT, "Files are copied on this machine, one by one.",
        "Run.download_files", "batch_size", "timeout_seconds",
    ),
    *(
        row
        for member in (
            "log", "log_accuracy_table", "log_confusion_matrix", "log_image", "log_list",
            "log_predictions", "log_residuals", "log_row", "log_table",
        )
        for row in parameters(
            Verdict.DIFFERENT, "Not kept, as in v1, which gives it back nowhere.",
            f"LoggingRun.{member}", "description",
        )
    ),
    *parameters(
        Verdict.DIFFERENT, "Means the same either way.",
        "Run.get_context", "used_for_context_manager",
    ),
    *parameters(
        Verdict.DIFFERENT, "All of a metric is always there.", "Run.get_metrics", "populate",
    ),
    *parameters(
        Verdict.DIFFERENT, "Nothing is left to do after a script has ended.",
        "Run.wait_for_completion", "wait_post_processing",
    ),
    *parameters(
        Verdict.DIFFERENT, "The service brings what it needs of the SDK itself.",
        "CondaDependencies.create", "pin_sdk_version",
    ),
    *(
        row
        for member in (
            "FileDatasetFactory.from_files", "TabularDatasetFactory.from_delimited_files",
            "TabularDatasetFactory.from_json_lines_files",
            "TabularDatasetFactory.from_parquet_files",
        )
        for row in parameters(
            Verdict.DIFFERENT, "Paths are this machine's: they are looked at when they are given.",
            member, "validate",
        )
    ),
    *parameters(
        Verdict.DIFFERENT, "Columns are looked at when the rows are read.",
        "TabularDataset.keep_columns", "validate",
    ),
    *parameters(
        Verdict.DIFFERENT, "As pandas reads it: lines within quotes belong to a field.",
        "TabularDatasetFactory.from_delimited_files", "support_multi_line",
    ),
    *parameters(
        Verdict.DIFFERENT, "As pandas reads it: a line that is no JSON is an error.",
        "TabularDatasetFactory.from_json_lines_files", "invalid_lines",
    ),
    *parameters(
        Verdict.DIFFERENT, "As pandas reads it: what cannot be read is an error.",
        "TabularDataset.to_pandas_dataframe", "on_error", "out_of_range_datetime",
    ),
    *parameters(
        Verdict.DIFFERENT, "Its data is in the definition itself.",
        "Environment.get_image_details", "workspace",
    ),
    *parameters(
        Verdict.DIFFERENT, "All that belongs to the service is removed, whatever is asked for.",
        "LocalWebservice.delete", "delete_cache", "delete_volume",
    ),
    *parameters(
        Verdict.DIFFERENT, "v1's own plumbing, which is not called.",
        "Webservice.check_for_existing_webservice", "request_func", "check_func",
    ),
    *parameters(
        Verdict.DIFFERENT, "There is no container before the service's own, so no log of one.",
        "Webservice.get_logs", "init",
    ),
    *parameters(
        Verdict.DIFFERENT, "Labels that are those given to Workspace.create.",
        "Workspace", "sku", "tags",
    ),
    *parameters(
        Verdict.DIFFERENT, "A label needs no making, and no login.",
        "Workspace.create",
        "create_resource_group", "private_endpoint_auto_approval", "system_datastores_auth_mode",
    ),
    *parameters(Verdict.DIFFERENT, "There is no cloud.", "Workspace.get", "cloud"),
)  # fmt: skip
