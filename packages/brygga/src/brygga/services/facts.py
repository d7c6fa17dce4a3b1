"""What there is to know of a service, each fact looked up when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from brygga.errors import NotFoundError
from brygga.findings import Diagnosis
from brygga.markup import card
from brygga.services.dependencies import ServiceDependencies
from brygga.services.observation import look
from brygga.services.snapshot import ServiceSnapshot
from brygga.services.state import ServiceState
from brygga.spec import ServiceSpec


class ServiceFacts:
    """A service by its name. Nothing is remembered: each fact is one look, all from a snapshot."""

    def __init__(self, name: str, parts: ServiceDependencies) -> None:
        self.name = name
        self._parts = parts

    def snapshot(self) -> ServiceSnapshot:
        """All of it at one moment, from one look.

        Raises:
            NotFoundError: it was deleted.
        """
        return look(self._parts, self.name)

    def __repr__(self) -> str:
        found = self._glance()
        if isinstance(found, str):
            return f"Service({self.name!r}, {found})"
        return (
            f"Service({self.name!r}, state={found.state_text!r}, scoring_uri={found.scoring_uri!r})"
        )

    def _repr_html_(self) -> str:
        found = self._glance()
        if isinstance(found, str):
            return card(f"Service {self.name}", {"state": found})
        return found._repr_html_()

    def _glance(self) -> ServiceSnapshot | str:
        try:
            return self.snapshot()
        except NotFoundError:
            return "deleted"
        except Exception as error:  # noqa: BLE001 - a repr is shown where something broke already
            return f"{type(error).__name__}: {error}".partition("\n")[0]

    @property
    def state(self) -> ServiceState:
        """What it does now.

        Raises:
            InvalidInputError: it is out of reach from here.
        """
        return self.snapshot().known_state

    @property
    def error(self) -> Diagnosis | None:
        """Why it does not serve, why its newest revision does not, or why a replica is missing.

        None when all is well.
        """
        return self.snapshot().error

    @property
    def scoring_uri(self) -> str | None:
        """Where to POST data to; None as long as there is no address."""
        return self.snapshot().scoring_uri

    @property
    def swagger_uri(self) -> str | None:
        """Where its OpenAPI description is."""
        return self.snapshot().swagger_uri

    @property
    def docs_uri(self) -> str | None:
        """Where a browser shows its API and a form to try it; None where that is off."""
        return self.snapshot().docs_uri

    @property
    def revision(self) -> int | None:
        """The revision that serves, or tries to."""
        serving = self.snapshot().serving
        return None if serving is None else serving.number

    @property
    def host(self) -> str:
        """The machine it runs on; empty where it belongs to none."""
        return self.snapshot().host

    @property
    def is_here(self) -> bool:
        """Whether it can be asked and changed from here; otherwise it can only be listed."""
        return self.snapshot().is_here

    @property
    def elsewhere(self) -> str | None:
        """Where it runs that is out of reach from here: on another host, or from another home."""
        return self.snapshot().elsewhere

    @property
    def created_by(self) -> str | None:
        """The login name of who deployed it first; None where it was not noted."""
        return self.snapshot().created_by

    @property
    def target(self) -> str:
        """The kind of target that runs it."""
        return self.snapshot().target

    @property
    def tags(self) -> Mapping[str, str]:
        """Names and values given at deployment."""
        return self.snapshot().tags

    @property
    def description(self) -> str:
        """The text given at deployment."""
        return self.snapshot().description

    @property
    def created_at(self) -> datetime:
        """When it was first deployed (UTC)."""
        return self.snapshot().created_at

    @property
    def updated_at(self) -> datetime:
        """When it was last changed (UTC)."""
        return self.snapshot().updated_at

    @property
    def spec(self) -> ServiceSpec:
        """What the newest revision was asked to be."""
        return self.snapshot().newest.spec

    @property
    def models(self) -> tuple[str, ...]:
        """The models it serves, as `name:version`; 0 is one that is not registered."""
        return self.snapshot().current.models

    @property
    def data_folder(self) -> Path | None:
        """Where what its script collects is kept, as files; None where it collects nothing.

        It stays when the service is deleted.
        """
        return self.snapshot().data_folder

    @property
    def details(self) -> Mapping[str, object]:
        """What the target says of it: workers, memory, limits and how they hold."""
        return self.snapshot().details
