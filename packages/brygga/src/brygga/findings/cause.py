"""The closed set of causes: one table with the code, what it means and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from brygga.hints import Action, Argument, Hint, Verb


class Cause(StrEnum):
    """What can be wrong with a service, by its code; the first ten are the server's own."""

    SCRIPT_MISSING = "script_missing"
    SCRIPT_SYNTAX = "script_syntax"
    SCRIPT_IMPORT = "script_import"
    SCRIPT_CONTRACT = "script_contract"
    INIT_RAISED = "init_raised"
    INIT_TIMEOUT = "init_timeout"
    WORKER_DIED = "worker_died"
    OUT_OF_MEMORY = "out_of_memory"
    PYTHON_MISSING = "python_missing"
    SETTINGS_INVALID = "settings_invalid"
    SERVER_DIED = "server_died"
    CONTAINER_NOT_STARTED = "container_not_started"
    NEVER_LISTENED = "never_listened"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    REPLACED = "replaced"
    TIMEOUT = "timeout"
    UNSCHEDULABLE = "unschedulable"
    EVICTED = "evicted"
    IMAGE_MISSING = "image_missing"
    IMAGE_DENIED = "image_denied"
    REGISTRY_UNREACHABLE = "registry_unreachable"
    QUOTA_EXCEEDED = "quota_exceeded"
    POLICY_REFUSED = "policy_refused"
    CLUSTER_UNREACHABLE = "cluster_unreachable"
    UNKNOWN = "unknown"


class MachineCause(StrEnum):
    """What can be wrong with a machine or a home, by its code."""

    PYTHON_UNSUITABLE = "python_unsuitable"
    UV_UNUSABLE = "uv_unusable"
    INDEX_UNUSABLE = "index_unusable"
    HOME_UNUSABLE = "home_unusable"
    HOME_OF_ANOTHER = "home_of_another"
    DISK_SCARCE = "disk_scarce"
    NO_PORT = "no_port"
    AZUREML_IN_THE_WAY = "azureml_in_the_way"
    WORKSPACE_UNUSABLE = "workspace_unusable"
    LOCK_HELD = "lock_held"
    PROCESS_LOST = "process_lost"
    LEFT_BEHIND = "left_behind"
    TARGET_UNFIT = "target_unfit"


@dataclass(frozen=True)
class CauseRow:
    """What is known of a cause, whatever it has befallen.

    Attributes:
        sentence: What it means.
        remedy: What to do: a text, and what stands in its gaps.
    """

    sentence: str
    remedy: tuple[str, *tuple[Verb | Argument, ...]]

    def advice(self, service: str | None = None) -> Hint:
        """What to do, of a service where there is one."""
        text, *steps = self.remedy
        name = {} if service is None else {"name": service}
        return Hint.of(text, *(s if isinstance(s, Argument) else Action(s, name) for s in steps))


CAUSES: Mapping[Cause | MachineCause, CauseRow] = {
    Cause.SCRIPT_MISSING: CauseRow(
        "The entry script is not where it was said to be.",
        (
            "Give its path, relative to {} if there is one.",
            Argument(Verb.DEPLOY, "source_directory"),
        ),
    ),
    Cause.SCRIPT_SYNTAX: CauseRow(
        "The entry script is not Python that can be read.",
        ("Correct that line, then try again.",),
    ),
    Cause.SCRIPT_IMPORT: CauseRow(
        "The entry script raises while it is imported.",
        ("Add what is missing to the environment, then deploy again.",),
    ),
    Cause.SCRIPT_CONTRACT: CauseRow(
        "The entry script lacks init() or run(), or nobody can call them.",
        ("A script has init() without arguments and run(data) with named ones.",),
    ),
    Cause.INIT_RAISED: CauseRow(
        "init() raised.",
        (
            "Correct what the traceback shows; {} runs init() in the same environment.",
            Verb.TEST,
        ),
    ),
    Cause.INIT_TIMEOUT: CauseRow(
        "init() took longer than it may.",
        (
            "Make init() faster, or raise {}.",
            Argument(Verb.DEPLOY, "init_timeout_s"),
        ),
    ),
    Cause.WORKER_DIED: CauseRow(
        "The process of the script ended by itself or by a signal.",
        (
            "Its log says more: {}. Without a service it is run by {}.",
            Verb.LOGS,
            Verb.TEST,
        ),
    ),
    Cause.OUT_OF_MEMORY: CauseRow(
        "The service's memory did not do.",
        (
            "Deploy it with more {}, or load less.",
            Argument(Verb.DEPLOY, "memory_gb"),
        ),
    ),
    Cause.PYTHON_MISSING: CauseRow(
        "The interpreter of the environment cannot be started.",
        ("Deploy again: the environment is then realised anew.",),
    ),
    Cause.SETTINGS_INVALID: CauseRow(
        "The server cannot use the settings it was given.",
        ("Correct the value that is named, then deploy again.",),
    ),
    Cause.SERVER_DIED: CauseRow(
        "The server's own processes ended.",
        (
            "Bring it back with {}; its log has the reason: {}.",
            Verb.RESTART,
            Verb.LOGS,
        ),
    ),
    Cause.CONTAINER_NOT_STARTED: CauseRow(
        "The engine did not start the container.",
        ("Ask the engine for less, or look at its own log.",),
    ),
    Cause.NEVER_LISTENED: CauseRow(
        "The container ran, and never listened.",
        (
            "The server does not get as far as to listen: look at its log ({}), and try the image "
            "without extra steps or on another base image.",
            Verb.LOGS,
        ),
    ),
    Cause.STOPPED: CauseRow(
        "It was stopped, or the machine was restarted.",
        ("Bring it back with {}.", Verb.RESTART),
    ),
    Cause.INTERRUPTED: CauseRow(
        "Its deployment was cut short.",
        ("Deploy it again, or give it up with {}.", Verb.DELETE_SERVICE),
    ),
    Cause.REPLACED: CauseRow(
        "A newer revision has taken its place.",
        ("Nothing is wrong: {} says how the newer one does.", Verb.SHOW),
    ),
    Cause.TIMEOUT: CauseRow(
        "It was not ready in the time it was given.",
        (
            "It goes on starting: {} says how it does, and {} what it logs.",
            Verb.SHOW,
            Verb.LOGS,
        ),
    ),
    Cause.UNSCHEDULABLE: CauseRow(
        "No node of the cluster has room for it.",
        (
            "Deploy it with less: {}, {} or {}; or give the cluster a node that has as much.",
            Argument(Verb.DEPLOY, "cpu_cores"),
            Argument(Verb.DEPLOY, "memory_gb"),
            Argument(Verb.DEPLOY, "gpus"),
        ),
    ),
    Cause.EVICTED: CauseRow(
        "A node has put it out.",
        ("Its node ran short of what is named: give it less to write, or the node more.",),
    ),
    Cause.IMAGE_MISSING: CauseRow(
        "The registry does not have its image.",
        ("Deploy again: what the registry lacks is pushed anew.",),
    ),
    Cause.IMAGE_DENIED: CauseRow(
        "The registry does not give its image to the cluster.",
        (
            "Log in to the registry where you deploy (docker login), then deploy again: the "
            "credentials go with the service.",
        ),
    ),
    Cause.REGISTRY_UNREACHABLE: CauseRow(
        "The nodes of the cluster do not reach the registry.",
        (
            "Name the registry as the nodes know it when the target is declared; one that speaks "
            "plain HTTP has to be allowed on each node.",
        ),
    ),
    Cause.QUOTA_EXCEEDED: CauseRow(
        "The quota of its namespace does not let it be as large.",
        (
            "Deploy it with less: {}, {} or {}; or have the quota raised.",
            Argument(Verb.DEPLOY, "cpu_cores"),
            Argument(Verb.DEPLOY, "memory_gb"),
            Argument(Verb.DEPLOY, "num_replicas"),
        ),
    ),
    Cause.POLICY_REFUSED: CauseRow(
        "A policy of the cluster refuses its pods.",
        ("Show the cluster's owner what it says.",),
    ),
    Cause.CLUSTER_UNREACHABLE: CauseRow(
        "The cluster does not answer: nothing is known of it now.",
        ("It may well serve: see with kubectl whether the cluster is there.",),
    ),
    Cause.UNKNOWN: CauseRow(
        "No reason is known.",
        ("Its log has more: {}.", Verb.LOGS),
    ),
    MachineCause.PYTHON_UNSUITABLE: CauseRow(
        "The interpreter that runs Brygga is none it works with.",
        ("Install it with CPython 3.11 to 3.14.",),
    ),
    MachineCause.UV_UNUSABLE: CauseRow(
        "The program that installs packages does not work.",
        ("Install it again.",),
    ),
    MachineCause.INDEX_UNUSABLE: CauseRow(
        "No package can be looked up.",
        (
            "export UV_DEFAULT_INDEX=... (or pip config set global.index-url ...), and "
            "whatever else it takes to reach it: proxy, certificates",
        ),
    ),
    MachineCause.HOME_UNUSABLE: CauseRow(
        "The home folder cannot be written to.",
        ("export BRYGGA_HOME=/a/folder/of/yours",),
    ),
    MachineCause.HOME_OF_ANOTHER: CauseRow(
        "The home folder belongs to somebody else.",
        ("export BRYGGA_HOME=/a/folder/of/yours",),
    ),
    MachineCause.DISK_SCARCE: CauseRow(
        "There is little room for environments.",
        ("make room, or point BRYGGA_HOME to a larger disk",),
    ),
    MachineCause.NO_PORT: CauseRow(
        "A service would find no port.",
        ("End a program that listens, or name a port.",),
    ),
    MachineCause.AZUREML_IN_THE_WAY: CauseRow(
        "Microsoft's SDK stands where brygga-azureml belongs.",
        (
            "pip uninstall -y azureml-core && "
            "pip install --force-reinstall --no-deps brygga-azureml",
        ),
    ),
    MachineCause.WORKSPACE_UNUSABLE: CauseRow(
        "The workspace cannot be opened.",
        ("Restore it from a backup, or name another.",),
    ),
    MachineCause.LOCK_HELD: CauseRow(
        "Somebody has held a lock for long.",
        ("See what its holder does, and end that if it hangs.",),
    ),
    MachineCause.PROCESS_LOST: CauseRow(
        "A service runs whose files are gone.",
        ("{}", Verb.MEND),
    ),
    MachineCause.LEFT_BEHIND: CauseRow(
        "Something is left that nothing uses.",
        ("{}", Verb.COLLECT_GARBAGE),
    ),
    MachineCause.TARGET_UNFIT: CauseRow(
        "A cluster lacks what a deployment there needs.",
        ("Its owner can mend it.",),
    ),
}
