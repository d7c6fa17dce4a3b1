"""Modules that score scripts import of Azure ML SDK v1, for environments that do not have them.

`finder` serves each file here under the name its script knows; none of these folders is on
`sys.path`.
"""
