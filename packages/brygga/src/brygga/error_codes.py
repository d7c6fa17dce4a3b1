"""The codes of all errors: a closed set that programs may rely on (docs/errors.md)."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class ErrorCode(StrEnum):
    """What failed, for programs: `noun.problem`. A code keeps its meaning; new ones may come.

    Attributes:
        meaning: One sentence for people.
    """

    meaning: str

    def __new__(cls, value: str, meaning: str = "") -> Self:
        """A member with what it means."""
        code = str.__new__(cls, value)
        code._value_ = value
        code.meaning = meaning
        return code

    # Workspaces
    WORKSPACE_NOT_FOUND = "workspace.not_found", "There is no such workspace."
    WORKSPACE_EXISTS = "workspace.exists", "A workspace of that name is there already."
    WORKSPACE_AMBIGUOUS = (
        "workspace.ambiguous",
        "Several workspaces have that name, in different groups.",
    )
    WORKSPACE_IN_USE = "workspace.in_use", "The workspace has services."
    WORKSPACE_NAME_INVALID = "workspace.name_invalid", "It is no name for a workspace."
    WORKSPACE_FOLDER_TAKEN = "workspace.folder_taken", "Its folder belongs to another workspace."
    WORKSPACE_FOLDER_UNUSABLE = (
        "workspace.folder_unusable",
        "Its folder cannot be read or written.",
    )
    WORKSPACE_NOT_EMPTY = (
        "workspace.not_empty",
        "A backup is not restored over what is in the workspace.",
    )
    SUBSCRIPTION_NAME_INVALID = "subscription.name_invalid", "It is no name for a subscription."
    RESOURCE_GROUP_NAME_INVALID = (
        "resource_group.name_invalid",
        "It is no name for a resource group.",
    )
    CONFIGURATION_NOT_FOUND = "configuration.not_found", "No config.json leads to a workspace."
    CONFIGURATION_INVALID = "configuration.invalid", "A config.json does not name a workspace."
    CONFIGURATION_UNUSABLE = (
        "configuration.unusable",
        "A config.json cannot be read or written.",
    )
    SETTING_INVALID = "setting.invalid", "A setting has a value that it cannot have."

    # Models
    MODEL_NOT_FOUND = "model.not_found", "No model of that name or version is registered."
    MODEL_EXISTS = "model.exists", "A model of that name is there already."
    MODEL_IN_USE = "model.in_use", "A revision of a service, or an image, has the model."
    MODEL_NAME_INVALID = "model.name_invalid", "It is no name for a model."
    MODEL_GIVEN_TWICE = "model.given_twice", "Two models of one name are to be served together."
    FRAMEWORK_MISSING = "framework.missing", "A framework's version came without its name."
    FRAMEWORK_WITHOUT_SCRIPT = (
        "framework.without_script",
        "There is no ready-made script for the model's framework.",
    )
    PROPERTY_FIXED = "property.fixed", "A property cannot be changed after it was set."

    # Scripts and their files
    SCRIPT_MISSING = "script.missing", "The entry script is not there."
    SCRIPT_SYNTAX = "script.syntax", "The entry script is not Python."
    SCRIPT_IMPORT = "script.import", "The entry script imports what is not there."
    SCRIPT_CONTRACT = "script.contract", "The entry script lacks init() or run()."
    SCRIPT_UNUSABLE = "script.unusable", "The entry script cannot be served."
    SCRIPT_OUTSIDE_SOURCE = (
        "script.outside_source",
        "The entry script is not in the source directory.",
    )
    SOURCE_DIRECTORY_INVALID = "source_directory.invalid", "The source directory is no folder."
    FILE_NOT_FOUND = "file.not_found", "A file or folder that was named is not there."
    FILE_EXISTS = "file.exists", "A file is there already and is not overwritten."
    FILE_UNREADABLE = "file.unreadable", "A file cannot be read."
    FILE_UNWRITABLE = "file.unwritable", "A file cannot be written."
    FILE_EMPTY = "file.empty", "A file has nothing in it."
    FILE_WRONG_KIND = "file.wrong_kind", "It is neither a regular file nor a folder."
    FILE_NAME_INVALID = "file.name_invalid", "A file's name cannot be kept."
    FILE_NOT_JSON = "file.not_json", "A file that has to be JSON is not."
    FOLDER_EMPTY = "folder.empty", "A folder has no files."
    FOLDER_NOT_EMPTY = "folder.not_empty", "A folder that is to be written is not empty."
    LINK_BROKEN = "link.broken", "A symbolic link leads nowhere."
    LINK_LOOP = "link.loop", "A symbolic link leads back to a folder it lies in."
    LINK_OUTSIDE = "link.outside", "A symbolic link leaves its folder."

    # Values
    REFERENCE_INVALID = "reference.invalid", "It is not written as name or name:version."
    TEXT_INVALID = "text.invalid", "A text is too long, or has a character that is no text."
    TAG_KEY_INVALID = "tag.key_invalid", "It is no key for a tag or property."
    VARIABLE_INVALID = "variable.invalid", "It is no name or value for an environment variable."
    VARIABLE_NOT_SET = "variable.not_set", "An environment variable that was named is not set."
    PROJECT_NOT_FOUND = "project.not_found", "There is no project file (brygga.toml)."
    PROJECT_INVALID = "project.invalid", "A project file says what cannot be used."
    PROJECT_KEY_UNKNOWN = "project.key_unknown", "A project file has a key that means nothing."
    PROJECT_SEVERAL = "project.several", "A project file has several services; none was named."
    PROJECT_SERVICE_NOT_FOUND = (
        "project.service_not_found",
        "A project file has no service of that name.",
    )
    STAGE_NOT_FOUND = "stage.not_found", "A project file has no stage of that name."
    OPTION_UNKNOWN = "option.unknown", "A service has no such option."
    OPTION_INVALID = "option.invalid", "An option has a value that it cannot have."
    OPTION_CONFLICT = "option.conflict", "Two options exclude each other."

    # Environments and packages
    ENVIRONMENT_NOT_FOUND = "environment.not_found", "No environment of that name is registered."
    ENVIRONMENT_NAME_INVALID = "environment.name_invalid", "It is no name for an environment."
    ENVIRONMENT_NOT_KEPT = (
        "environment.not_kept",
        "A part of the environment cannot be kept with it.",
    )
    ENVIRONMENT_REMOVED = "environment.removed", "The environment was removed while it was taken."
    ENVIRONMENT_WRONG_PLATFORM = (
        "environment.wrong_platform",
        "The environment was locked for another platform.",
    )
    CONDA_FILE_UNREADABLE = "conda_file.unreadable", "The conda file cannot be read."
    CONDA_FILE_INVALID = "conda_file.invalid", "The conda file does not say what it has to."
    CONDA_FILE_CONDA_ONLY = "conda_file.conda_only", "It asks for what only conda has."
    REQUIREMENTS_FILE_UNREADABLE = (
        "requirements_file.unreadable",
        "The requirements file cannot be read.",
    )
    REQUIREMENTS_FILE_INVALID = (
        "requirements_file.invalid",
        "The requirements file has a line that cannot be used.",
    )
    REQUIREMENT_INVALID = "requirement.invalid", "It is not the name of a package and its version."
    REQUIREMENT_ADDRESS = "requirement.address", "An address as a requirement cannot be locked."
    PACKAGE_NOT_FOUND = "package.not_found", "The package is not on the package index."
    PACKAGE_NOT_INSTALLED = (
        "package.not_installed",
        "A package that the script imports is not installed here.",
    )
    PACKAGE_WITHOUT_WHEEL = "package.without_wheel", "The package has no wheel for the image."
    MODEL_NOT_SAVED = "model.not_saved", "A model in memory cannot be made a file."
    PACKAGE_OTHER_PYTHON = (
        "package.other_python",
        "A pinned package has no wheel for the Python that was asked for, but for another.",
    )
    PACKAGE_HASH_MISMATCH = (
        "package.hash_mismatch",
        "The index has something else than was locked or asked for.",
    )
    PACKAGES_UNSOLVABLE = "packages.unsolvable", "The packages cannot be installed together."
    PACKAGES_NOT_INSTALLED = "packages.not_installed", "The packages cannot be installed."
    PACKAGE_INDEX_REFUSES = "package_index.refuses", "The package index refuses its caller."
    PACKAGE_INDEX_UNTRUSTED = (
        "package_index.untrusted",
        "The certificate of the package index is not trusted.",
    )
    PACKAGE_INDEX_UNREACHABLE = (
        "package_index.unreachable",
        "The package index cannot be reached.",
    )
    PIP_CONFIGURATION_INVALID = (
        "pip_configuration.invalid",
        "The configuration of pip cannot be read.",
    )
    PYTHON_NOT_FOUND = "python.not_found", "That Python is not on this machine."
    PYTHON_INVALID = "python.invalid", "It is no version of Python that can be used."
    WHEEL_INVALID = "wheel.invalid", "It is neither a wheel nor a source folder."
    WHEEL_MISSING = "wheel.missing", "A local wheel that was locked is not there any more."
    WHEEL_NOT_BUILT = "wheel.not_built", "No wheel can be built of a source folder."
    LOCK_NOT_FOUND = "lock.not_found", "The lock of an environment is not there any more."
    SERVER_NOT_FOUND = "server.not_found", "The scoring server is not there any more."
    SERVER_MISSING = "server.missing", "This installation carries no scoring server."
    UV_UNUSABLE = "uv.unusable", "The tool that installs packages, uv, cannot be started."
    EXTRA_NOT_INSTALLED = (
        "extra.not_installed",
        "An optional part of Brygga is not installed here.",
    )
    DISK_FULL = "disk.full", "There is no room left on the disk."

    # Images and engines
    IMAGE_NOT_FOUND = "image.not_found", "No image of that name or version is registered."
    IMAGE_IN_USE = "image.in_use", "A revision of a service has the image."
    IMAGE_NAME_INVALID = "image.name_invalid", "It is no name for an image."
    IMAGE_REFERENCE_INVALID = "image.reference_invalid", "It is not the reference of an image."
    IMAGE_NOT_BUILT = "image.not_built", "The image cannot be built."
    IMAGE_NOT_PULLED = "image.not_pulled", "An image is not here and cannot be pulled."
    IMAGE_NOT_PUSHED = "image.not_pushed", "The image was not pushed."
    IMAGE_NOT_SAVED = "image.not_saved", "The image cannot be saved."
    IMAGE_TIMEOUT = "image.timeout", "The image was not built in the time given."
    BASE_IMAGE_UNSUITABLE = "base_image.unsuitable", "The base image cannot carry the service."
    DOCKERFILE_INVALID = "dockerfile.invalid", "The Dockerfile or its steps cannot be used."
    DOCKERFILE_UNREADABLE = "dockerfile.unreadable", "The Dockerfile cannot be read."
    ENGINE_UNAVAILABLE = "engine.unavailable", "No container engine answers."
    CONTAINER_NOT_STARTED = "container.not_started", "The engine cannot start a container."
    CONTAINER_NOT_REMOVED = "container.not_removed", "The engine cannot remove a container."
    ENGINE_ELSEWHERE = "engine.elsewhere", "The container engine is not on this machine."

    # Registries of images
    REGISTRY_INVALID = "registry.invalid", "It is not the address of an image registry."
    REGISTRY_UNREACHABLE = "registry.unreachable", "The image registry cannot be reached."
    REGISTRY_NOT_TLS = (
        "registry.not_tls",
        "The registry speaks plain HTTP where TLS was expected, or the other way round.",
    )
    REGISTRY_UNTRUSTED = (
        "registry.untrusted",
        "The certificate of the registry, or where it sends its callers, is not trusted.",
    )
    REGISTRY_CREDENTIALS_UNUSABLE = (
        "registry.credentials_unusable",
        "The credentials for the registry cannot be read.",
    )
    REGISTRY_UNAUTHORIZED = (
        "registry.unauthorized",
        "The registry wants credentials, or other ones than it was shown.",
    )
    REGISTRY_DENIED = "registry.denied", "The registry knows its caller, who may not do this."
    REGISTRY_IMAGE_NOT_FOUND = (
        "registry.image_not_found",
        "The registry has no such repository, tag or digest.",
    )
    REGISTRY_READ_ONLY = "registry.read_only", "The registry takes no images."
    REGISTRY_FULL = "registry.full", "The registry has no room left."
    REGISTRY_FAILED = "registry.failed", "The registry failed, or broke off, time and again."
    REGISTRY_ANSWER_INVALID = (
        "registry.answer_invalid",
        "The registry sent something else than was asked for.",
    )

    # Services
    SERVICE_NOT_FOUND = "service.not_found", "There is no such service."
    SERVICE_EXISTS = "service.exists", "A service of that name is there already."
    SERVICE_NAME_INVALID = "service.name_invalid", "It is no name for a service."
    SERVICE_BUSY = "service.busy", "Another operation on the service is running."
    SERVICE_ELSEWHERE = (
        "service.elsewhere",
        "The service runs on another host, or from another home.",
    )
    SERVICE_WITHIN_REACH = (
        "service.within_reach",
        "A service that is to be forgotten is not out of reach.",
    )
    SERVICE_OTHER_TARGET = "service.other_target", "The service runs on another target."
    SERVICE_WITHOUT_ADDRESS = "service.without_address", "The service has no address yet."
    SERVICE_WITHOUT_KEYS = "service.without_keys", "The service asks its callers for no key."
    SERVICE_NOT_STARTED = "service.not_started", "The service's own process could not be started."
    SERVICE_UNRESPONSIVE = "service.unresponsive", "The service does not answer its control socket."
    SERVICE_CHANGE_REFUSED = "service.change_refused", "The running service refused a change."
    SERVICE_STATE_UNREADABLE = (
        "service.state_unreadable",
        "A file of a service cannot be read.",
    )
    SERVICE_NOTHING_TO_SERVE = (
        "service.nothing_to_serve",
        "A deployment has neither an entry script nor an image.",
    )
    SERVICE_NO_BOOT = "service.no_boot", "Nothing here can start the service after a reboot."
    REVISION_NOT_FOUND = "revision.not_found", "The service has no such revision any more."
    KEY_INVALID = "key.invalid", "It is no key, or no name of one."
    SECRET_MISSING = "secret.missing", "A secret that the service needs is not kept any more."
    CERTIFICATE_INVALID = "certificate.invalid", "A certificate and its key cannot be used."
    TARGET_UNKNOWN = "target.unknown", "There is no such target."
    TARGET_LACKS = "target.lacks", "The target cannot do what was asked for."
    TARGET_NOT_FOUND = "target.not_found", "No target of that name is declared."
    TARGET_EXISTS = "target.exists", "A target of that name is there already."
    TARGET_IN_USE = "target.in_use", "Services run on the target."
    TARGET_NAME_INVALID = "target.name_invalid", "It is no name for a target."
    NAMESPACE_NAME_INVALID = "namespace.name_invalid", "It is no name for a namespace."
    NAMESPACE_NOT_FOUND = "namespace.not_found", "The cluster has no such namespace."
    KUBECONFIG_INVALID = "kubeconfig.invalid", "A kubeconfig, or a context in it, cannot be used."
    CLUSTER_UNREACHABLE = "cluster.unreachable", "The cluster does not answer."
    CLUSTER_UNTRUSTED = "cluster.untrusted", "The cluster's certificate is not valid."
    CLUSTER_UNAUTHORIZED = "cluster.unauthorized", "The cluster does not know its caller."
    CLUSTER_FORBIDDEN = "cluster.forbidden", "A right is missing in the cluster."
    CLUSTER_REFUSED = "cluster.refused", "The cluster refuses what it was asked."
    QUOTA_EXCEEDED = "quota.exceeded", "The quota of the namespace is used up."
    LIMIT_UNAVAILABLE = "limit.unavailable", "This machine does not have that much."
    GPUS_UNAVAILABLE = "gpus.unavailable", "The engine has no GPUs to give."
    PORT_INVALID = "port.invalid", "It is no port for a service."
    PORT_TAKEN = "port.taken", "The port cannot be listened on."
    HOST_INVALID = "host.invalid", "It is no address of this machine."

    # Deployments that failed: one for each cause of a diagnosis
    DEPLOYMENT_SCRIPT_MISSING = "deployment.script_missing", "The script was not there."
    DEPLOYMENT_SCRIPT_SYNTAX = "deployment.script_syntax", "The script was not Python."
    DEPLOYMENT_SCRIPT_IMPORT = "deployment.script_import", "An import of the script failed."
    DEPLOYMENT_SCRIPT_CONTRACT = "deployment.script_contract", "init() or run() was missing."
    DEPLOYMENT_INIT_RAISED = "deployment.init_raised", "init() raised an exception."
    DEPLOYMENT_INIT_TIMEOUT = "deployment.init_timeout", "init() took too long."
    DEPLOYMENT_WORKER_DIED = "deployment.worker_died", "The worker's process ended."
    DEPLOYMENT_OUT_OF_MEMORY = "deployment.out_of_memory", "The memory limit was reached."
    DEPLOYMENT_PYTHON_MISSING = "deployment.python_missing", "Its interpreter was not there."
    DEPLOYMENT_SETTINGS_INVALID = "deployment.settings_invalid", "The server refused a setting."
    DEPLOYMENT_SERVER_DIED = "deployment.server_died", "The server's process ended."
    DEPLOYMENT_CONTAINER_NOT_STARTED = (
        "deployment.container_not_started",
        "The engine could not start the container.",
    )
    DEPLOYMENT_NEVER_LISTENED = "deployment.never_listened", "The server never listened."
    DEPLOYMENT_STOPPED = "deployment.stopped", "It was stopped."
    DEPLOYMENT_INTERRUPTED = "deployment.interrupted", "The deployment was interrupted."
    DEPLOYMENT_REPLACED = "deployment.replaced", "A newer revision took its place."
    DEPLOYMENT_TIMEOUT = "deployment.timeout", "It was not ready in the time given."
    DEPLOYMENT_UNSCHEDULABLE = "deployment.unschedulable", "No node had room for it."
    DEPLOYMENT_EVICTED = "deployment.evicted", "A node put it out."
    DEPLOYMENT_IMAGE_MISSING = "deployment.image_missing", "The registry lacked its image."
    DEPLOYMENT_IMAGE_DENIED = "deployment.image_denied", "The registry refused its image."
    DEPLOYMENT_REGISTRY_UNREACHABLE = (
        "deployment.registry_unreachable",
        "Nodes did not reach the registry.",
    )
    DEPLOYMENT_QUOTA_EXCEEDED = "deployment.quota_exceeded", "The quota was used up."
    DEPLOYMENT_POLICY_REFUSED = "deployment.policy_refused", "A policy refused its pods."
    DEPLOYMENT_CLUSTER_UNREACHABLE = (
        "deployment.cluster_unreachable",
        "The cluster did not answer.",
    )
    DEPLOYMENT_UNKNOWN = "deployment.unknown", "It failed for another reason."

    # Calls
    CALL_UNREACHABLE = "call.unreachable", "The service cannot be reached."
    CALL_TIMEOUT = "call.timeout", "The service did not answer in the time given."
    CALL_UNAUTHORIZED = "call.unauthorized", "The service did not take the key."
    CALL_REJECTED = "call.rejected", "The service refused the request."
    CALL_FAILED = "call.failed", "The service failed on the request."
    CALL_WORKER_DIED = "call.worker_died", "A worker ended while it scored the request."
    CALL_BUSY = "call.busy", "The service has no room for another request."
    CALL_DEADLINE = "call.deadline", "run() took longer than the service allows."
    LOG_FILTER_INVALID = "log.filter_invalid", "Which lines of a log are wanted cannot be read."
    CALL_NOT_JSON = "call.not_json", "The data cannot be sent as JSON."

    # Runs
    RUN_NOT_FOUND = "run.not_found", "There is no such run."
    RUN_FILE_NOT_FOUND = "run.file_not_found", "The run has no such file."
    RUN_PATH_INVALID = "run.path_invalid", "It is not a path within a run."
    EXPERIMENT_NAME_INVALID = "experiment.name_invalid", "It is no name for an experiment."
    SEARCH_SPACE_INVALID = "search.space_invalid", "The parameters cannot be searched so."
    SEARCH_POLICY_INVALID = "search.policy_invalid", "A policy cannot end runs so."
    SEARCH_INVALID = "search.invalid", "A search has bounds that it cannot have."
    AUTOML_MODEL_REFUSED = "automl.model_refused", "A chosen model cannot say anything of the rows."
    METRIC_INVALID = "metric.invalid", "A value of that kind cannot be logged."

    OPERATION_NOT_FOUND = "operation.not_found", "No operation of that id or name is kept."

    # The machine and the store
    BACKUP_INVALID = "backup.invalid", "The file is no backup of a workspace."
    BACKUP_DAMAGED = "backup.damaged", "A backup is not what was written."
    STORE_UNAVAILABLE = "store.unavailable", "The database cannot be used."
    STORE_MISSING = "store.missing", "The database is missing."
    STORE_READ_ONLY = "store.read_only", "The store can only be read here."
    STORE_NEWER = "store.newer", "The database was written by a newer Brygga."
    STORE_URL_INVALID = "store.url_invalid", "The address of the database cannot be used."
    STORE_CONTENT_MISSING = "store.content_missing", "Content that was kept is missing."
    STORE_CORRUPT = "store.corrupt", "Content does not match its digest."
    STORE_PATH_OUTSIDE = "store.path_outside", "A kept path leads out of its folder."
    STORE_FOLDER_UNUSABLE = "store.folder_unusable", "A folder of the store cannot be used."
    SECRETS_UNUSABLE = "secrets.unusable", "The file of keys and secrets cannot be used."
    FILE_LOCK_HELD = "file_lock.held", "Another process held a lock for too long."
    FILE_LOCK_UNUSABLE = "file_lock.unusable", "A lock file cannot be used."
    SOCKETS_FOLDER_UNSAFE = (
        "sockets_folder.unsafe",
        "The folder for sockets is not this user's alone.",
    )
    SYSTEMD_FAILED = "systemd.failed", "The systemd of the user refused, or cannot be asked."
    DEMO_DATA_INVALID = "demo_data.invalid", "The data set of the demo cannot be used."


_HEAD = """\
<!-- Written by `make docs` from the codes themselves. -->
# Errors and their codes

Every error of Brygga has a message for people and a code for programs: `error.code` in Python, and
`error.code` of what a command prints on stdout when it fails and was called with `--json`:

```json
{
  "error": {
    "code": "service.not_found",
    "message": "There is no service 'mnist'.",
    "hint": "There are: iris.",
    "actions": []
  }
}
```

A code keeps its meaning from one version to the next; new ones may come. `error.hint` says what to
do next, as a call in Python and as a command on the command line; `actions` has the commands as
data: a verb and its arguments. A deployment that failed has the cause of its diagnosis in its code.
"""


def markdown() -> str:
    """The page docs/errors.md."""
    rows = [f"| `{code.value}` | {code.meaning} |" for code in ErrorCode]
    return "\n".join([_HEAD, "| code | meaning |", "|---|---|", *rows]) + "\n"
