"""Kept for scripts that make one: nobody logs in, and no password is kept."""

from __future__ import annotations

from typing import Any

from azureml._support.gate import say


class AbstractAuthentication:
    """Accepts what v1's classes accept, and uses none of it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        say(f"{type(self).__name__} is not used: workspaces are folders of this machine.")

    def get_authentication_header(self) -> dict[str, str]:
        """None is needed."""
        return {}


class InteractiveLoginAuthentication(AbstractAuthentication):
    """Would open a browser."""


class AzureCliAuthentication(AbstractAuthentication):
    """Would ask the Azure CLI."""


class ServicePrincipalAuthentication(AbstractAuthentication):
    """Would use a password of a service's."""


class MsiAuthentication(AbstractAuthentication):
    """Would use the identity of a machine of Azure's."""


class TokenAuthentication(AbstractAuthentication):
    """Would use a token."""
