"""A workspace as one file, and back."""

from brygga.backup.archive import ArchiveReader, Manifest
from brygga.backup.making import BackupReport, make_backup
from brygga.backup.places import Places
from brygga.backup.restoring import restore_backup

__all__ = [
    "ArchiveReader",
    "BackupReport",
    "Manifest",
    "Places",
    "make_backup",
    "restore_backup",
]
