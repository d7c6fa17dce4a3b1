"""Images without an engine: layers, configuration and manifest, and registries to put them in."""
