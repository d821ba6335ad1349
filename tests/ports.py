"""A port that stays ours while nobody listens there, so that what runs beside a test cannot take it meanwhile."""

import errno
import socket
from contextlib import ExitStack, contextmanager

ATTEMPTS = 20


@contextmanager
def kept_port(addresses):
    """One port on all these addresses: bound and deaf, so who connects is refused, and our own servers may listen."""
    with ExitStack() as stack:
        for _ in range(ATTEMPTS):
            try:
                port = hold(stack, addresses)
                break
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
                stack.close()
        else:
            raise OSError(errno.EADDRINUSE, "no port is free on all addresses")
        yield port


def hold(stack, addresses):
    port = 0
    for address in addresses:
        holder = stack.enter_context(socket.socket())
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind((address, port))
        port = holder.getsockname()[1]
    return port
