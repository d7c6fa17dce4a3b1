"""What would keep Brygga from working here: one check for each thing that is looked at."""

from brygga.doctor import machine, past, services
from brygga.doctor.check import Check, OpenWorkspace

CHECKS: tuple[Check, ...] = (
    machine.check_python,
    machine.check_uv,
    machine.check_index,
    machine.check_home,
    machine.check_ports,
    machine.check_engine,
    machine.check_control_groups,
    machine.check_azureml,
    services.check_services,
    past.check_locks,
    past.check_processes,
    past.check_leftovers,
)

__all__ = ["CHECKS", "Check", "OpenWorkspace"]
