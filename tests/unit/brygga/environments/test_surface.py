import brygga.environments as surface


def test_the_surface() -> None:
    assert set(surface.__all__) == {
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
    }
    assert all(hasattr(surface, name) for name in surface.__all__)
