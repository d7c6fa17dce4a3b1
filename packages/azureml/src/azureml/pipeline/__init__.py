"""Pipelines: scripts that run in a row on this machine."""
