"""Rows of workspaces, models, images, environments and services."""

from __future__ import annotations

from azureml._support.row import Row, Verdict, parameters, rows

_NO_AZURE = "It belongs to Azure's own service; there is nothing of the kind on this machine."
_NO_LOGIN = "Nobody logs in: workspaces are folders of this machine."
_ONE_MACHINE = "Kept and shown, without effect: there is one machine."

DEPLOYMENT: tuple[Row, ...] = (
    # Workspace
    *(
        row
        for member in (
            "Workspace", "Workspace.from_config", "Workspace.create", "Workspace.get",
            "Workspace.list",
        )
        for row in parameters(Verdict.WARNED, f"Not used. {_NO_LOGIN}", member, "auth")
    ),
    *parameters(
        Verdict.WARNED,
        "Not used: models, images and secrets lie in the workspace's own folder.",
        "Workspace.create",
        "storage_account", "key_vault", "app_insights", "container_registry", "adb_workspace",
        "primary_user_assigned_identity", "cmk_keyvault", "resource_cmk_uri", "hbi_workspace",
        "default_cpu_compute_target", "default_gpu_compute_target", "private_endpoint_config",
        "user_assigned_identity_for_cmk_encryption", "v1_legacy_mode",
    ),
    *parameters(Verdict.WARNED, "Not used: labels suffice.", "Workspace.get", "location", "id"),
    *parameters(
        Verdict.WARNED,
        "Not used: a workspace has nothing outside its folder.",
        "Workspace.delete", "delete_dependent_resources", "no_wait",
    ),
    *rows(
        Verdict.REFUSED, _NO_AZURE,
        "Workspace.service_context", "Workspace.discovery_url", "Workspace.update_dependencies",
        "Workspace.sync_keys", "Workspace.list_keys", "Workspace.set_connection",
        "Workspace.list_connections", "Workspace.get_connection", "Workspace.delete_connection",
        "Workspace.add_private_endpoint", "Workspace.delete_private_endpoint_connection",
    ),
    *rows(
        Verdict.REFUSED,
        "There is no network of Azure's to look at; what a deployment lacks, its error says.",
        "Workspace.diagnose_workspace",
    ),
    *rows(
        Verdict.REFUSED, "A workspace's labels stay as they were given to Workspace.create.",
        "Workspace.update",
    ),
    *rows(
        Verdict.REFUSED, "There is one datastore, the workspace's own folder.",
        "Workspace.set_default_datastore", "Datastore.set_as_default", "Datastore.unregister",
    ),
    *rows(
        Verdict.DIFFERENT,
        "Looks only on this machine. A configuration of Azure's names a workspace that has to be "
        "made here once, with Workspace.create and the same three labels.",
        "Workspace.from_config", "Workspace.get", "Workspace.list",
    ),
    # Model
    *parameters(
        Verdict.WARNED, "Not used: whatever is asked for is there at once.",
        "Model", "kwargs",
    ),
    *parameters(
        Verdict.DIFFERENT, "All of a model is there at once, whatever is asked for.",
        "Model", "expand",
    ),
    *parameters(
        Verdict.DIFFERENT, "All of a model is there at once, whatever is asked for.",
        "Model.list", "expand", "page_count",
    ),
    *parameters(Verdict.WARNED, "The older name of exist_ok.", "Model.download", "exists_ok"),
    *rows(
        Verdict.REFUSED, "A model's files lie on this machine: use Model.download.",
        "Model.get_sas_urls",
    ),
    *rows(
        Verdict.DIFFERENT,
        "Paths outside the working folder are allowed; created_by is None, since nobody logs in.",
        "Model.register",
    ),
    *rows(
        Verdict.DIFFERENT,
        "Paths among the models are registered first, under their own name; a local service takes "
        "them as version 0. No FutureWarning speaks of SDK v2.",
        "Model.deploy",
    ),
    # InferenceConfig and images
    *parameters(
        Verdict.WARNED, "Not used: services run on the CPU.",
        "InferenceConfig", "enable_gpu", "cuda_version",
    ),
    *parameters(
        Verdict.WARNED, "Not used: services run on the CPU.",
        "ContainerImage.image_configuration", "enable_gpu", "cuda_version",
    ),
    *parameters(
        Verdict.DIFFERENT,
        "Goes beside the script. GET /swagger.json is made of what generate_schema wrote, or of a "
        "whole document of Swagger or OpenAPI.",
        "ContainerImage.image_configuration", "schema_file",
    ),
    *(
        row
        for member in ("InferenceConfig", "ContainerImage.image_configuration")
        for row in parameters(
            Verdict.DIFFERENT, "There is no Spark: scripts run as with python, with one line.",
            member, "runtime",
        )
    ),
    *parameters(
        Verdict.DIFFERENT, "Is that of the image that Model.package makes.",
        "InferenceConfig", "description",
    ),
    *rows(
        Verdict.REFUSED, "It is the body of a call to Azure's service, which nobody makes.",
        "InferenceConfig.build_create_payload", "InferenceConfig.build_profile_payload",
        "ContainerImageConfig.build_create_payload",
        "ContainerImageConfig.create_local_debug_payload",
    ),
    *rows(
        Verdict.DIFFERENT,
        "Where no container engine answers, an image is its parts under one digest, and serves on "
        "the process target; image_location is then None.",
        "Image.create",
    ),
    # Environment
    *rows(
        Verdict.DIFFERENT,
        "v1's own images (mcr.microsoft.com/azureml/...) mean Brygga's default base image, also in "
        "the FROM of a base_dockerfile; any "
        "other is taken as it is named.",
        "DockerSection.base_image",
    ),
    *rows(
        Verdict.DIFFERENT,
        "For one of Azure's own (AzureML-...) register one of that name: it is then found.",
        "Environment.get",
    ),
    *rows(
        Verdict.DIFFERENT,
        "The folder is copied to the workspace's data folder; one in a Git repository has to be "
        "cloned first.",
        "DockerBuildContext.from_local_directory",
    ),
    *rows(
        Verdict.DIFFERENT,
        "Where no packages are given, a service on the container target uses those that are "
        "installed in the image, whose Python has to be 3.11 or newer. On processes there is no "
        "image: the script gets what it imports.",
        "Environment.from_docker_image", "Environment.from_dockerfile",
        "Environment.from_docker_build_context",
    ),
    *rows(
        Verdict.DIFFERENT,
        "Reads the environment's folder, conda itself is not needed. Its Python packages are "
        "taken at their versions from the package index; what is no package of Python is left "
        "out, with one line.",
        "Environment.from_existing_conda_environment",
    ),
    *rows(
        Verdict.WARNED, "Kept and shown, without effect: a service has a Python of its own.",
        "PythonSection",
    ),
    *rows(
        Verdict.WARNED, "Kept and shown, without effect: images are for this machine.",
        "DockerImagePlatform",
    ),
    *rows(
        Verdict.WARNED,
        "Name, password and identity are not used: log in once with `docker login` or "
        "`podman login`.",
        "ContainerRegistry",
    ),
    *rows(
        Verdict.WARNED, "Kept and shown, without effect: services run Python.",
        "SparkSection", "DatabricksSection", "RSection",
    ),
    *rows(
        Verdict.DIFFERENT,
        "Returns a path of this machine; the wheel is taken in with the environment.",
        "Environment.add_private_pip_wheel",
    ),
    *rows(
        Verdict.WARNED, "Kept and shown, without effect.",
        "DockerSection.gpu_support", "DockerSection.shared_volumes", "DockerSection.arguments",
        "DockerSection.shm_size",
    ),
    *rows(
        Verdict.DIFFERENT,
        "Locks the environment: it is made, once, when something runs in it.",
        "Environment.build", "Environment.build_local",
    ),
    *rows(
        Verdict.DIFFERENT,
        "Writes the running kernel's Python. No package is installed by conda: names are looked up "
        "on the package index. A Python that is not here becomes the nearest one, in a container "
        "3.11 or newer, with one line.",
        "CondaDependencies",
    ),
    # Services
    *parameters(
        Verdict.WARNED, _ONE_MACHINE,
        "AciWebservice.deploy_configuration",
        "location", "dns_name_label", "vnet_name", "subnet_name",
    ),
    *parameters(
        Verdict.WARNED, "Kept and shown; logs and metrics are with the service (GET /metrics).",
        "AciWebservice.deploy_configuration", "enable_app_insights",
    ),
    *parameters(
        Verdict.WARNED, "Kept and shown; the disk's own encryption protects this machine.",
        "AciWebservice.deploy_configuration",
        "cmk_vault_base_url", "cmk_key_name", "cmk_key_version",
    ),
    *parameters(
        Verdict.DIFFERENT,
        "TLS needs the container target; on processes of this machine it is refused.",
        "AciWebservice.deploy_configuration", "ssl_enabled",
    ),
    *parameters(
        Verdict.DIFFERENT,
        "TLS needs the container target; on processes of this machine it is refused.",
        "AciWebservice.update", "ssl_enabled",
    ),
    *parameters(
        Verdict.WARNED, "Kept and shown; logs and metrics are with the service (GET /metrics).",
        "AciWebservice.update", "enable_app_insights",
    ),
    *rows(
        Verdict.DIFFERENT,
        "Listens on 127.0.0.1 of this machine; without keys unless auth_enabled=True, as in v1.",
        "AciWebservice",
    ),
    *rows(
        Verdict.DIFFERENT,
        "A failed call is made once; v1 made it up to four times. get_key is there beside "
        "get_keys.",
        "Webservice.run",
    ),
    *(
        row
        for member in ("AksWebservice.deploy_configuration", "AksWebservice.update")
        for row in (
            *parameters(
                Verdict.WARNED,
                "Kept and shown on this machine, where the service runs the fewest replicas asked "
                "for; on a declared cluster replicas come and go by the cores that they use.",
                member,
                "autoscale_enabled", "autoscale_min_replicas", "autoscale_max_replicas",
                "autoscale_target_utilization",
            ),
            *parameters(
                Verdict.WARNED,
                "Kept and shown: how often replicas are counted is the cluster's to say.",
                member, "autoscale_refresh_seconds",
            ),
            *parameters(
                Verdict.WARNED,
                "Kept and shown; the front watches its workers, and on a declared cluster the "
                "probes are Brygga's own.",
                member,
                "period_seconds", "initial_delay_seconds", "timeout_seconds", "success_threshold",
                "failure_threshold",
            ),
            *parameters(
                Verdict.WARNED,
                "Kept and shown: the namespace is that of the declared cluster.",
                member, "namespace",
            ),
            *parameters(
                Verdict.WARNED,
                "Kept and shown; a replica runs one request at a time, further ones wait in the "
                "front's bounded queue.",
                member, "replica_max_concurrent_requests", "max_request_wait_time",
            ),
            *parameters(
                Verdict.WARNED,
                "Kept and shown; logs and metrics are with the service (GET /metrics).",
                member, "enable_app_insights",
            ),
        )
    ),
    *parameters(
        Verdict.WARNED, "Kept and shown, without effect: models are in the image.",
        "AksWebservice.deploy_configuration", "blobfuse_enabled",
    ),
    *(
        row
        for member in ("AksWebservice.deploy_configuration", "AksWebservice.update")
        for row in parameters(
            Verdict.DIFFERENT, "Has effect on the container target.", member, "gpu_cores"
        )
    ),
    *rows(
        Verdict.DIFFERENT,
        "Runs on this machine; num_replicas are workers behind one port, and limits are those of "
        "all of them together.",
        "AksWebservice",
    ),
    *rows(
        Verdict.DIFFERENT,
        "The token is the service's primary key: it stays valid until that is regenerated.",
        "AksWebservice.get_token", "AksWebservice.get_access_token",
    ),
    *rows(
        Verdict.REFUSED,
        "Deploy two services instead.",
        "AksEndpoint", "AksEndpoint.deploy_configuration", "AksEndpoint.create_version",
        "AksEndpoint.update_version", "AksEndpoint.delete_version", "AksEndpoint.update",
        "AksEndpoint.run", "AksEndpoint.serialize", "AksEndpointDeploymentConfiguration",
        "AksEndpointDeploymentConfiguration.validate_endpoint_configuration",
    ),
    *parameters(
        Verdict.WARNED, "Not used: an image is kept as long as anything may need it.",
        "LocalWebservice.delete", "delete_image",
    ),
    *(
        row
        for member in (
            "AciWebservice.deploy_configuration", "AksWebservice.deploy_configuration",
            "AksWebservice.update",
        )
        for row in parameters(
            Verdict.DIFFERENT,
            "Rows that a script gives to ModelDataCollector go to files in a folder of the "
            "service, below its workspace; they stay when the service is deleted.",
            member, "collect_model_data",
        )
    ),
)  # fmt: skip
