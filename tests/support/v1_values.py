"""A value for every parameter that v1 documents: by its name, or for one member alone."""

from collections.abc import Callable, Mapping
from typing import Any

from support.v1_world import World

from azureml.core import Environment, Experiment, Keyvault, Workspace
from azureml.core.compute import AksCompute
from azureml.core.compute.aks import AksUpdateConfiguration, SslConfiguration
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.container_registry import ContainerRegistry
from azureml.core.environment import DockerBuildContext
from azureml.core.resource_configuration import ResourceConfiguration
from azureml.core.webservice import AciWebservice, LocalWebservice
from azureml.exceptions import ModelNotFoundException, UserErrorException, WebserviceException

LEFT_OUT = object()
"""Of a parameter that another one excludes: what it is given for."""

_PLAIN: dict[str, Any] = {
    "access_token": "t", "adb_workspace": "a", "add_properties": {"p": "1"},
    "add_tags": {"t": "1"}, "agent_count": 1, "all": True, "app_insights": "a", "artifact": "a",
    "auth": None, "auth_enabled": True, "autoscale_enabled": False, "autoscale_max_replicas": 2,
    "autoscale_min_replicas": 1, "autoscale_refresh_seconds": 1,
    "autoscale_target_utilization": 70, "base_directory": ".", "base_image": "python:3.11-slim",
    "blobfuse_enabled": True, "cert": "c", "channel": "defaults", "check_func": print,
    "child_paths": None, "cluster_name": "c", "cluster_purpose": "DevTest", "cmk_key_name": "k",
    "cmk_key_version": "1", "cmk_keyvault": "k", "cmk_vault_base_url": "https://v", "cname": "c",
    "collect_model_data": False, "compute_target_name": None,
    "conda_dependencies_file_path": "env.yml", "conda_file": "env.yml",
    "conda_file_path": "saved.yml", "conda_package": "numpy", "conda_packages": ["numpy"],
    "container_registry": "r", "core_type": "cpu", "count": 2, "cpu": 0.1, "cpu_cores": 0.1,
    "cpu_cores_limit": 1, "cpu_limit": 1, "cuda_version": "9.0", "data_reference_name": "in",
    "default_cpu_compute_target": "c", "default_gpu_compute_target": "c", "dependencies": [],
    "deployment_target": None, "description": "described", "destination": "logs-of-it",
    "dns_name_label": "label", "dns_service_ip": "10.0.0.10",
    "docker_bridge_cidr": "172.17.0.1/16", "docker_file": None,
    "dockerfile": "FROM python:3.11-slim", "enable_app_insights": False, "enable_gpu": False,
    "entry_script": "score.py", "environment_client": None, "error_code": "UserError",
    "error_details": "details", "event_hub_enabled": False, "execution_script": "score.py",
    "exists_ok": True, "expiry_on": 2, "failure_threshold": 3, "extra_docker_file_steps": None,
    "file_name": "other.json", "file_path": "env.yml", "friendly_name": "friend", "gpu": 0,
    "gpu_cores": 0, "group": "g", "id": "1", "image_digest": None, "image_id": None,
    "image_label": "1", "image_name": "img", "index_url": "https://i", "initial_delay_seconds": 1,
    "input": "1", "input_data": "1", "key": "Primary", "key_vault": "k", "label": None,
    "labels": ["stable"], "leaf_domain_label": None, "load_balancer_subnet": "s",
    "load_balancer_type": "PublicIp", "location": "here", "location_type": "git",
    "max_replicas": 2, "max_request_wait_time": 500, "memory_gb": 0.5, "memory_gb_limit": 1,
    "memory_in_gb": 0.5, "memory_in_gb_limit": 1, "mime_type": "text/plain", "min_replicas": 1,
    "model_framework": None, "model_framework_version": None, "model_id": None, "model_ids": [],
    "model_name": "m", "model_path": "model.txt", "model_paths": ["model.txt"],
    "namespace": "spaces", "new_name": "clone", "num_replicas": 1, "output_directory": "fetched",
    "output_file_path": "fetched.txt", "output_paths": None, "outputs": "kept", "path": ".",
    "period_seconds": 10, "pip_indexurl": "https://i", "pip_option": "--pre",
    "pip_package": "numpy", "pip_packages": ["numpy"], "pip_requirements": "requirements.txt",
    "pip_version": None, "platform": None, "port": None, "prefix": "outputs", "primary_key": None,
    "primary_user_assigned_identity": "i", "private_endpoint_config": "e", "properties": None,
    "public_ip_address": "10.0.0.1", "refresh_after": 1, "refresh_period_seconds": 1,
    "relative_root": "some", "remove_tags": ["t"], "replica_max_concurrent_requests": 1,
    "request_func": print, "requirements": [], "resource_cmk_uri": "u", "resource_group": "r",
    "resource_id": "/id", "run_id": None, "run_type": None, "runtime": "python",
    "runtime_type": "Python", "schema_file": None, "scoring_timeout_ms": 60000,
    "secondary_key": None, "secrets": ["first"], "secrets_batch": {"first": "1"},
    "service_cidr": "10.0.0.0/16", "service_type": "t", "set_key": "k" * 32,
    "source_directory": ".", "src_dir": "some", "ssl_cert_pem_file": None, "ssl_cname": None,
    "ssl_enabled": False, "ssl_key_pem_file": None, "status": None, "storage_account": "s",
    "storage_enabled": False, "subnet_name": None, "subscription_id": "s", "success_threshold": 1,
    "tag_key": "k", "tag_values": ["1", "2"], "tags": None, "target_path": "in",
    "targetArchitecture": "amd64", "target_utilization": 70, "timeout_sec": 60,
    "timeout_seconds": 2, "token_auth_enabled": False, "token_type": "Bearer", "type": None,
    "unpack": False, "url": "u", "user_assigned_identity_for_cmk_encryption": "i",
    "v1_legacy_mode": True, "value": "v", "version": 1, "vm_size": "STANDARD_D3_V2",
    "vnet_name": None, "vnet_resourcegroup_name": None, "workspace_name": "tests",
}  # fmt: skip
_MADE: dict[str, Callable[[World], Any]] = {
    "attach_configuration": lambda w: AksCompute.attach_configuration(resource_id="/id"),
    "base_image_registry": lambda w: ContainerRegistry(),
    "conda_dependencies": lambda w: CondaDependencies(),
    "config": lambda w: w.script,
    "datasets": lambda w: [("training", w.dataset)],
    "dataset_id": lambda w: w.dataset.id,
    "deployment_config": lambda w: AciWebservice.deploy_configuration(),
    "docker_build_context": lambda w: DockerBuildContext("git", "https://example.org/x", "D"),
    "environment": lambda w: w.environment,
    "experiment": lambda w: w.experiment,
    "image": lambda w: w.image,
    "image_config": lambda w: w.image_config,
    "inference_config": lambda w: w.inference,
    "input_dataset": lambda w: w.dataset,
    "models": lambda w: [w.model],
    "name": lambda w: w.name(),
    "provisioning_configuration": lambda w: AksCompute.provisioning_configuration(),
    "resource_configuration": lambda w: ResourceConfiguration(0.1, 0.5),
    "sample_input_dataset": lambda w: w.dataset,
    "sample_output_dataset": lambda w: w.dataset,
    "ssl_configuration": lambda w: SslConfiguration("Enabled"),
    "workspace": lambda w: w.workspace,
}  # fmt: skip


def by_name(name: str) -> Callable[[World], Any] | None:
    """Gives the value of a parameter; None where there is none of that name."""
    if name in _MADE:
        return _MADE[name]
    if name in _PLAIN:
        return _always(_PLAIN[name])
    return None


def _secret(w: World) -> Keyvault:
    vault = w.workspace.get_default_keyvault()
    vault.set_secret("first", "1")
    return vault


def _registered(w: World) -> Environment:
    return w.environment.register(w.workspace)


RECEIVERS: Mapping[str, Callable[[World], Any]] = {
    "AciWebservice": lambda w: w.aci,
    "AksCompute": lambda w: w.new_cluster(),
    "AksUpdateConfiguration": lambda w: AksUpdateConfiguration(),
    "AksWebservice": lambda w: w.aks,
    "ComputeTarget": lambda w: w.new_cluster(),
    "CondaDependencies": lambda w: CondaDependencies.create(conda_packages=["numpy"]),
    "ContainerImage": lambda w: w.image,
    "Datastore": lambda w: w.workspace.get_default_datastore(),
    "Environment": lambda w: w.environment,
    "Experiment": lambda w: w.experiment,
    "Image": lambda w: w.image,
    "Image.delete": lambda w: w.new_image(),
    "InferenceConfig": lambda w: w.inference,
    "Keyvault": _secret,
    "LocalWebservice": lambda w: w.local,
    "Model": lambda w: w.new_model(),
    "ModelPackage": lambda w: w.package,
    "ModelProfile": lambda w: w.profile,
    "Run": lambda w: w.new_run(),
    "Run.wait_for_completion": lambda w: w.ended_run(),
    "Run.get_all_logs": lambda w: w.ended_run(),
    "Run.get_environment": lambda w: w.submitted,
    "ScriptRunConfig": lambda w: w.script,
    "LocalWebservice.delete": lambda w: w.deploy(LocalWebservice.deploy_configuration()),
    "Webservice": lambda w: w.aci,
    "Webservice.delete": lambda w: w.deploy(AciWebservice.deploy_configuration()),
    "Workspace": lambda w: w.workspace,
    "Workspace.delete": lambda w: Workspace.create(w.name(), show_output=False),
}
"""What a member of a class is looked up on; a class that is not here is made of its values."""


def _always(value: Any) -> Callable[[World], Any]:
    return lambda _: value


LEFT = _always(LEFT_OUT)


def _saved(w: World) -> str:
    w.environment.save_to_directory("an-environment", overwrite=True)
    return "an-environment"


def _document(kind: str) -> dict[str, Any]:
    return {"schema_type": kind, "schema_version": "1.0.0", "data": {}}


FOR: Mapping[str, Callable[[World], Any]] = {
    "Workspace.get(name)": lambda w: w.workspace.name,
    "Workspace.get(id)": lambda w: None,
    "Workspace.get_run(run_id)": lambda w: w.run.id,
    "Workspace.from_config(path)": lambda w: None,
    "InferenceConfig(runtime)": LEFT,
    "InferenceConfig(conda_file)": LEFT,
    "InferenceConfig(base_image)": LEFT,
    "InferenceConfig(base_image_registry)": LEFT,
    "InferenceConfig(cuda_version)": LEFT,
    "ModelPackage(operation_id)": lambda w: w.image.id,
    "Environment.from_dockerfile(conda_specification)": LEFT,
    **{
        f"{owner}.enable_ssl({name})": _always(value)
        for owner in ("AksAttachConfiguration", "AksProvisioningConfiguration")
        for name, value in (
            ("ssl_cname", "example.org"),
            ("ssl_cert_pem_file", "model.txt"),
            ("ssl_key_pem_file", "model.txt"),
        )
    },
    **{
        f"{member}({name})": _always(None)
        for member in (
            "AksServiceDeploymentConfiguration",
            "AksWebservice.deploy_configuration",
            "AksWebservice.update",
        )
        for name in (
            "autoscale_min_replicas",
            "autoscale_max_replicas",
            "autoscale_refresh_seconds",
            "autoscale_target_utilization",
        )
    },
    "AciWebservice(name)": lambda w: w.aci.name,
    "AciWebservice.add_properties(properties)": lambda w: {w.name(): "1"},
    "AciWebservice.add_tags(tags)": lambda w: {"t": "1"},
    "AciWebservice.remove_tags(tags)": lambda w: ["t"],
    "AciWebservice.update(image)": LEFT,
    "AksWebservice(name)": lambda w: w.aks.name,
    "AksWebservice.add_properties(properties)": lambda w: {w.name(): "1"},
    "AksWebservice.add_tags(tags)": lambda w: {"t": "1"},
    "AksWebservice.remove_tags(tags)": lambda w: ["t"],
    "AksWebservice.update(image)": LEFT,
    "AksWebservice.update(token_auth_enabled)": lambda w: True,
    "AksWebservice.update(auth_enabled)": lambda w: None,
    "LocalWebservice.update(image_config)": LEFT,
    "LocalWebservice.update(deployment_config)": lambda w: LocalWebservice.deploy_configuration(),
    "Webservice.list(compute_type)": lambda w: "ACI",
    "LocalWebservice(name)": lambda w: w.local.name,
    "Webservice.update(image)": LEFT,
    "AksCompute(name)": lambda w: w.new_cluster().name,
    "ComputeTarget(name)": lambda w: w.new_cluster().name,
    "ContainerImage(name)": lambda w: w.image.name,
    "ContainerImage(id)": LEFT,
    "Dataset.get_by_id(id)": lambda w: w.dataset.id,
    "Dataset.get_by_name(name)": lambda w: w.dataset.name,
    "Datastore(name)": lambda w: "workspaceblobstore",
    "Datastore.get(datastore_name)": lambda w: "workspaceblobstore",
    "Image.add_properties(properties)": lambda w: {w.name(): "1"},
    "Image.add_tags(tags)": lambda w: {"t": "1"},
    "Image.remove_tags(tags)": lambda w: ["t"],
    "Image.update(tags)": lambda w: {"t": "1"},
    "Run.log(step)": lambda w: 1,
    "Environment.from_docker_image(conda_specification)": LEFT,
    "Workspace(subscription_id)": lambda w: w.workspace.subscription_id,
    "Model.profile(profile_name)": lambda w: w.name(),
    "Model.profile(input_dataset)": lambda w: w.dataset,
    "ModelProfile(name)": lambda w: w.profile.name,
    "Environment.from_docker_image(name)": lambda w: w.name(),
    "Environment.from_pip_requirements(file_path)": lambda w: "requirements.txt",
    "Environment.from_existing_conda_environment(conda_environment_name)": lambda w: "none",
    "Environment.add_private_pip_wheel(file_path)": lambda w: "any-1.0-py3-none-any.whl",
    "Environment.build(image_build_compute)": lambda w: "cluster",
    "Environment.save_to_directory(path)": lambda w: "saved-environment",
    "Environment.load_from_directory(path)": _saved,
    "Environment.get(name)": lambda w: _registered(w).name,
    "Environment.label(name)": lambda w: _registered(w).name,
    "EnvironmentReference(name)": lambda w: _registered(w).name,
    "Experiment.list(experiment_name)": lambda w: "trying",
    "Experiment.delete(experiment_id)": lambda w: Experiment(w.workspace, w.name()).id,
    "Experiment.remove_tags(tags)": lambda w: ["t"],
    "Experiment.set_tags(tags)": lambda w: {"t": "1"},
    "Experiment.tag(key)": lambda w: "t",
    "Run.set_tags(tags)": lambda w: {"t": "1"},
    "Run.remove_tags(tags)": lambda w: ["t"],
    "Run(run_id)": lambda w: w.run.id,
    "Run.get(run_id)": lambda w: w.run.id,
    "Run.add_properties(properties)": lambda w: {"p": "1"},
    "Run.download_file(name)": lambda w: "outputs/model.txt",
    "Run.log(value)": lambda w: 1.0,
    "Run.log_list(value)": lambda w: [1, 2],
    "Run.log_table(value)": lambda w: {"x": [1], "y": [2]},
    "Run.log_image(path)": lambda w: "model.txt",
    "Run.log_image(plot)": LEFT,
    "Run.log_confusion_matrix(value)": lambda w: _document("confusion_matrix"),
    "Run.log_accuracy_table(value)": lambda w: _document("accuracy_table"),
    "Run.log_residuals(value)": lambda w: _document("residuals"),
    "Run.log_predictions(value)": lambda w: _document("predictions"),
    "Run.upload_file(path_or_stream)": lambda w: "model.txt",
    "Run.upload_files(names)": lambda w: ["a/model.txt"],
    "Run.upload_files(paths)": lambda w: ["model.txt"],
    "Run.upload_folder(path)": lambda w: "some",
    "Run.create_children(count)": LEFT,
    "Run.register_model(model_path)": lambda w: "outputs/model.txt",
    "Model.add_tags(tags)": lambda w: {"t": "1"},
    "Model.remove_tags(tags)": lambda w: ["t"],
    "Model.add_properties(properties)": lambda w: {w.name(): "1"},
    "Model.register(model_framework)": lambda w: "Custom",
    "Model.register(model_framework_version)": lambda w: "1",
    "Model.package(image_name)": lambda w: w.name(),
    "Model(name)": lambda w: w.model.name,
    "Model(id)": LEFT,
    "Model(version)": LEFT,
    "Model.list(name)": lambda w: w.model.name,
    "Model.get_model_path(model_name)": lambda w: w.model.name,
    "Model.get_model_path(version)": LEFT,
    "Model.download(target_dir)": lambda w: "downloaded",
}
"""A value for a parameter of one member alone."""

RAISES: Mapping[str, tuple[type[Exception], str]] = {
    "Environment.from_existing_conda_environment": (UserErrorException, "no conda environment"),
    "Model.get_model_path": (ModelNotFoundException, "not found in cache"),
    "AciWebservice.get_token": (NotImplementedError, "ACI"),
    "Webservice.get_token": (NotImplementedError, "ACI"),
    "LocalWebservice.get_keys": (NotImplementedError, "Local"),
    "LocalWebservice.get_token": (NotImplementedError, "Local"),
    "LocalWebservice.regen_key": (NotImplementedError, "Local"),
    "ModelPackage.pull": (WebserviceException, "is for images"),
    "ModelPackage.save": (WebserviceException, "localhost:1: it cannot be reached"),
}
"""Members that v1 has for some kinds of things, and refuses for those here."""
