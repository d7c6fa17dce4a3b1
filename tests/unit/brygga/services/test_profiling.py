"""What is made of measurements."""

from brygga.services.profiling import Profile


def test_percentiles_and_recommendations() -> None:
    profile = Profile(
        requests=4, succeeded=4, latencies_s=(0.01, 0.02, 0.03, 0.1), seconds=0.2,
        peak_memory_gb=0.21, cpu_cores=0.5,
    )  # fmt: skip

    assert [round(profile.latency_ms(p)) for p in (50, 75, 99)] == [20, 30, 100]
    assert round(profile.mean_latency_ms) == 40
    assert profile.per_second == 20
    assert (profile.recommended_memory_gb, profile.recommended_cpu_cores) == (0.3, 0.7)


def test_nothing_measured() -> None:
    profile = Profile(requests=1, succeeded=0, error="no")

    assert (profile.latency_ms(50), profile.per_second, profile.mean_latency_ms) == (0, 0, 0)
    assert profile.recommended_cpu_cores == 0.1
