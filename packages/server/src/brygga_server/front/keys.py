"""Keys of the service: only their SHA-256 hashes are known here."""

from __future__ import annotations

import hmac
import json
from hashlib import sha256
from pathlib import Path

from brygga_server.settings import SettingsError


class Keys:
    """Checks `Authorization` headers; without a keys file everybody may pass."""

    def __init__(self, hashes: dict[str, bytes] | None) -> None:
        self._hashes = hashes
        self.required = hashes is not None

    @classmethod
    def load(cls, file: str | None) -> Keys:
        """The keys of `keys_file`.

        Raises:
            SettingsError: The file cannot be read or is not a keys file of version 1.
        """
        if file is None:
            return cls(None)
        try:
            data = json.loads(Path(file).read_bytes())
            if data["version"] != 1:
                raise SettingsError(f"The keys file {file} has version {data['version']!r}, not 1.")
            hashes = {str(name): bytes.fromhex(value) for name, value in data["keys"].items()}
        except OSError as error:
            raise SettingsError(
                f"The keys file {file} cannot be read: {error.strerror}."
            ) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise SettingsError(
                f'The keys file {file} is not {{"version": 1, "keys": {{name: sha256 hex}}}}.'
            ) from error
        if not hashes or any(len(value) != 32 for value in hashes.values()):
            raise SettingsError(f"The keys file {file} holds no SHA-256 hashes.")
        return cls(hashes)

    def name_of(self, authorization: bytes) -> str | None:
        """The name of the key in an `Authorization` header, or None where it opens nothing.

        Takes the same time whichever key is given: all hashes are compared, in constant time.
        """
        scheme, _, key = authorization.partition(b" ")
        if scheme.lower() != b"bearer" or self._hashes is None:
            return None
        given = sha256(key.strip()).digest()
        found = None
        for name, known in self._hashes.items():
            if hmac.compare_digest(given, known):
                found = name
        return found
