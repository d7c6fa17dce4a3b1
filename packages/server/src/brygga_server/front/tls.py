"""TLS for clients: the certificate and key that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from brygga_server.settings import ServerSettings, SettingsError

if TYPE_CHECKING:
    import ssl


def context(settings: ServerSettings) -> ssl.SSLContext | None:
    """What connections are encrypted with; None where the settings name no certificate.

    Raises:
        SettingsError: Certificate and key cannot be read, or are not of each other.
    """
    certificate, key = settings.tls_certificate, settings.tls_key
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise SettingsError("TLS needs both tls_certificate and tls_key; one of them is not set.")
    import ssl  # no millisecond of a start for those who do not use it

    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_alpn_protocols(["http/1.1"])
    try:
        made.load_cert_chain(certificate, key, password=_no_password)
    except OSError as error:  # SSLError is one too
        reason = error.strerror or getattr(error, "reason", None) or str(error)
        raise SettingsError(
            f"The certificate {certificate} and the key {key} cannot be used: {reason}."
        ) from error
    return made


def _no_password() -> str:
    """A key with a password would make OpenSSL ask at the terminal, and wait there for ever."""
    return ""
