"""The certificate of a service."""

from __future__ import annotations

import ssl
from pathlib import Path

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError


def read_certificate(files: tuple[Path | str, Path | str]) -> str:
    """The text of a certificate (and of those it is signed by), checked against its key.

    Raises:
        InvalidInputError: one of the files cannot be used, or they do not belong together.
    """
    certificate, key = files
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # Without this an encrypted key would be asked for at the terminal.
        context.load_cert_chain(certificate, key, password="")
        return Path(certificate).read_text(encoding="utf-8")
    except (OSError, ssl.SSLError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            f"The certificate {certificate} and the key {key} cannot be used: {error}.",
            code=ErrorCode.CERTIFICATE_INVALID,
            hint="Give two files in PEM that belong together, the key without a password.",
        ) from error


def read_key(files: tuple[Path | str, Path | str]) -> str:
    """The text of the key of a certificate that `read_certificate` has read."""
    return Path(files[1]).read_text(encoding="utf-8")
