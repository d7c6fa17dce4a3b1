"""Services: `Webservice` and its kinds."""

from azureml.core.webservice.aci import AciWebservice
from azureml.core.webservice.aks import AksEndpoint, AksWebservice
from azureml.core.webservice.local import LocalWebservice
from azureml.core.webservice.webservice import UnknownWebservice, Webservice

__all__ = [
    "AciWebservice",
    "AksEndpoint",
    "AksWebservice",
    "LocalWebservice",
    "UnknownWebservice",
    "Webservice",
]
