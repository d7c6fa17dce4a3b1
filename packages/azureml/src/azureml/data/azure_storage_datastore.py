"""Azure's storage: names that code compares the kind of a datastore with."""

from azureml.core.datastore import Datastore

__all__ = ["AzureBlobDatastore", "AzureFileDatastore"]

AzureBlobDatastore = Datastore
AzureFileDatastore = Datastore
