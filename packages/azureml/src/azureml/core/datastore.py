"""`Datastore`: a folder of the workspace's own; Azure's stores are refused."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml._support.gate import checked, refused
from azureml.data.data_reference import DataReference
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

DEFAULT_NAMES = ("workspaceblobstore", "workspacefilestore")


class Datastore:
    """The workspace's own folder."""

    def __new__(cls, workspace: Workspace, name: str | None = None) -> Datastore:
        if name is not None and name not in DEFAULT_NAMES:
            raise UserErrorException(
                f"Could not find datastore {name}: there is {DEFAULT_NAMES[0]}, a folder of the "
                "workspace's own."
            )
        return object.__new__(cls)

    def __init__(self, workspace: Workspace, name: str | None = None) -> None:
        self.workspace = workspace
        self.name = name or DEFAULT_NAMES[0]
        self.datastore_type = "AzureBlob"
        self.is_default = self.name == DEFAULT_NAMES[0]
        self._folder = workspace._brygga.data_folder / self.name

    @property
    def account_name(self) -> str:
        """A label: where it lies there are no accounts."""
        return "this-machine"

    @property
    def container_name(self) -> str:
        """A label: its folder's name."""
        return self._folder.name

    @staticmethod
    def get(workspace: Workspace, datastore_name: str) -> Datastore:
        """The datastore of that name."""
        return Datastore(workspace, datastore_name)

    @staticmethod
    def get_default(workspace: Workspace) -> Datastore:
        """The workspace's own folder."""
        return Datastore(workspace)

    def path(
        self, path: str | None = None, data_reference_name: str | None = None
    ) -> DataReference:
        """A place in it."""
        return DataReference(self, data_reference_name, path)

    def as_mount(self) -> DataReference:
        """All of it, as an input of a script."""
        return DataReference(self)

    @checked
    def as_download(self, path_on_compute: str | None = None) -> DataReference:
        """A copy of all of it, as an input of a script."""
        return DataReference(self).as_download()

    @checked
    def as_upload(self, path_on_compute: str | None = None) -> DataReference:
        """All of it, for a script to write to."""
        return DataReference(self).as_upload()

    def upload(
        self,
        src_dir: str,
        target_path: str | None = None,
        overwrite: bool = False,
        show_progress: bool = True,
    ) -> DataReference:
        """Copies a folder into it."""
        files = [str(path) for path in sorted(Path(src_dir).rglob("*")) if path.is_file()]
        return self.upload_files(files, src_dir, target_path, overwrite, show_progress)

    def upload_files(
        self,
        files: Sequence[str],
        relative_root: str | None = None,
        target_path: str | None = None,
        overwrite: bool = False,
        show_progress: bool = True,
    ) -> DataReference:
        """Copies files into it."""
        for file in files:
            place = Path(file).relative_to(relative_root) if relative_root else Path(file).name
            target = self._folder / (target_path or ".") / place
            if target.exists() and not overwrite:
                if show_progress:
                    print(f"Target already exists. Skipping upload for {place}")
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
            if show_progress:
                print(f"Uploaded {file}")
        return DataReference(self, path_on_datastore=target_path)

    def download(
        self,
        target_path: str,
        prefix: str | None = None,
        overwrite: bool = False,
        show_progress: bool = True,
    ) -> int:
        """Copies files out of it; returns how many."""
        count = 0
        for path in sorted(self._folder.rglob("*")):
            place = path.relative_to(self._folder)
            if not path.is_file() or not place.as_posix().startswith(prefix or ""):
                continue
            target = Path(target_path, place)
            if target.exists() and not overwrite:
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            count += 1
            if show_progress:
                print(f"Downloaded {place}")
        return count

    @refused
    def set_as_default(self) -> None: ...

    @refused
    def unregister(self) -> None: ...

    @staticmethod
    @refused
    def register_azure_blob_container(
        workspace: Workspace,
        datastore_name: Any,
        container_name: Any,
        account_name: Any,
        sas_token: Any = None,
        account_key: Any = None,
        protocol: Any = None,
        endpoint: Any = None,
        overwrite: Any = False,
        create_if_not_exists: Any = False,
        skip_validation: Any = False,
        blob_cache_timeout: Any = None,
        grant_workspace_access: Any = False,
        subscription_id: Any = None,
        resource_group: Any = None,
    ) -> Any: ...

    @staticmethod
    @refused
    def register_azure_file_share(
        workspace: Workspace,
        datastore_name: Any,
        file_share_name: Any,
        account_name: Any,
        sas_token: Any = None,
        account_key: Any = None,
        protocol: Any = None,
        endpoint: Any = None,
        overwrite: Any = False,
        create_if_not_exists: Any = False,
        skip_validation: Any = False,
    ) -> Any: ...

    @staticmethod
    @refused
    def register_azure_data_lake(
        workspace: Workspace,
        datastore_name: Any,
        store_name: Any,
        tenant_id: Any = None,
        client_id: Any = None,
        client_secret: Any = None,
        resource_url: Any = None,
        authority_url: Any = None,
        subscription_id: Any = None,
        resource_group: Any = None,
        overwrite: Any = False,
        grant_workspace_access: Any = False,
    ) -> Any: ...

    @staticmethod
    @refused
    def register_azure_data_lake_gen2(
        workspace: Workspace,
        datastore_name: Any,
        filesystem: Any,
        account_name: Any,
        tenant_id: Any = None,
        client_id: Any = None,
        client_secret: Any = None,
        resource_url: Any = None,
        authority_url: Any = None,
        protocol: Any = None,
        endpoint: Any = None,
        overwrite: Any = False,
        subscription_id: Any = None,
        resource_group: Any = None,
        grant_workspace_access: Any = False,
    ) -> Any: ...

    @staticmethod
    @refused
    def register_azure_sql_database(
        workspace: Workspace,
        datastore_name: Any,
        server_name: Any,
        database_name: Any,
        tenant_id: Any = None,
        client_id: Any = None,
        client_secret: Any = None,
        resource_url: Any = None,
        authority_url: Any = None,
        endpoint: Any = None,
        overwrite: Any = False,
        username: Any = None,
        password: Any = None,
        subscription_id: Any = None,
        resource_group: Any = None,
        grant_workspace_access: Any = False,
        **kwargs: Any,
    ) -> Any: ...

    @staticmethod
    @refused
    def register_azure_postgre_sql(
        workspace: Workspace,
        datastore_name: Any,
        server_name: Any,
        database_name: Any,
        user_id: Any,
        user_password: Any,
        port_number: Any = None,
        endpoint: Any = None,
        overwrite: Any = False,
        enforce_ssl: Any = True,
        **kwargs: Any,
    ) -> Any: ...

    @staticmethod
    @refused
    def register_azure_my_sql(
        workspace: Workspace,
        datastore_name: Any,
        server_name: Any,
        database_name: Any,
        user_id: Any,
        user_password: Any,
        port_number: Any = None,
        endpoint: Any = None,
        overwrite: Any = False,
        **kwargs: Any,
    ) -> Any: ...

    @staticmethod
    @refused
    def register_dbfs(
        workspace: Workspace,
        datastore_name: Any,
    ) -> Any: ...

    @staticmethod
    @refused
    def register_hdfs(
        workspace: Workspace,
        datastore_name: Any,
        protocol: Any,
        namenode_address: Any,
        hdfs_server_certificate: Any,
        kerberos_realm: Any,
        kerberos_kdc_address: Any,
        kerberos_principal: Any,
        kerberos_keytab: Any = None,
        kerberos_password: Any = None,
        overwrite: Any = False,
    ) -> Any: ...

    def __repr__(self) -> str:
        return f"Datastore(name={self.name!r}, workspace={self.workspace.name!r})"
