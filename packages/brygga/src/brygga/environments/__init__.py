"""Environments: what packages a service needs, locked, and made on this machine.

spec (`Environment`) -> `Resolver` -> `Lock` -> `Realiser` -> `RealisedEnvironment`
"""

from __future__ import annotations

from brygga.environments.collection import EnvironmentCollection, RegisteredEnvironment
from brygga.environments.environment import Environment
from brygga.environments.index import IndexOptions
from brygga.environments.interpreters import Interpreter, Interpreters
from brygga.environments.lock import Lock, get_lock
from brygga.environments.realise import RealisedEnvironment, Realiser
from brygga.environments.resolver import Resolver

__all__ = [
    "Environment",
    "EnvironmentCollection",
    "IndexOptions",
    "Interpreter",
    "Interpreters",
    "Lock",
    "RealisedEnvironment",
    "Realiser",
    "RegisteredEnvironment",
    "Resolver",
    "get_lock",
]
