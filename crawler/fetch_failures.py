"""What an exception of a fetch means: an outcome, a sentence, and whether the fault may be ours.

Not here: what breaks a body off halfway (fetch_wire.py), what follows for the host (politeness.py, outage.py).
"""

import errno
import os
import ssl
from collections.abc import Callable
from typing import Any

import aiohttp

from storage import Outcome

from .errors import AddressRefused, NameUnknown
from .fetch_wire import complaint_of

OUR_ERRNOS = frozenset((
    errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL, errno.EACCES, errno.EPERM,
))  # fmt: skip
SHORTAGES = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM))


def classify(error: BaseException) -> tuple[Outcome, str, BaseException]:
    """The outcome of a failure, a sentence, and the error beneath the library's."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    outcome, sentence = next((row[1], row[2]) for row in _FAILURES if isinstance(cause, row[0]))
    return outcome, sentence(cause), cause


def _tls_sentence(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not valid: {error.verify_message}"
    return f"TLS failed: {error.reason or error}"


def _timeout_sentence(error: TimeoutError) -> str:
    is_connect = isinstance(error, aiohttp.ConnectionTimeoutError)
    return "no connection in time" if is_connect else "no complete answer in time"


def _system_sentence(error: OSError) -> str:
    if isinstance(error, ConnectionResetError) and not error.errno:  # as the loop says it
        return "the connection closed within the TLS handshake"
    if not error.errno:
        return str(error) or type(error).__name__
    return f"{errno.errorcode.get(error.errno, error.errno)}: {os.strerror(error.errno)}"


_FAILURES: tuple[tuple[type[BaseException], Outcome, Callable[[Any], str]], ...] = (
    (AddressRefused, Outcome.ADDRESS_REFUSED, str),
    (NameUnknown, Outcome.DNS_ERROR, str),
    (TimeoutError, Outcome.TIMEOUT, _timeout_sentence),
    (ssl.SSLError, Outcome.TLS_ERROR, _tls_sentence),
    (aiohttp.ServerDisconnectedError, Outcome.PROTOCOL_ERROR, lambda _error: "the connection closed before an answer"),
    (aiohttp.ClientResponseError, Outcome.PROTOCOL_ERROR, lambda error: f"not HTTP: {complaint_of(error)}"),
    (OSError, Outcome.CONNECT_ERROR, _system_sentence),
    (BaseException, Outcome.PROTOCOL_ERROR, lambda error: str(error) or type(error).__name__),
)
"""The first row that fits decides."""
