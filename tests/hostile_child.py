"""A crawl in a process of its own for which 127.77.0.0/16 is the public internet: `python -m tests.hostile_child JOB`.

All else that is private stays refused. It prints how the run ended and the most memory it held, in bytes.
"""

import re
import sys
from ipaddress import ip_address, ip_network
from pathlib import Path

from crawler import guard
from tests.crawl_child import main

PUBLIC = ip_network("127.77.0.0/16")
judge = guard._kind_of


def kind_of(address):
    return None if address in PUBLIC else judge(address)


if __name__ == "__main__":
    guard._kind_of = kind_of
    assert guard.refusal_of("127.0.0.1")
    assert ip_address("127.77.0.1") in PUBLIC
    main()
    status = Path("/proc/self/status").read_text()  # the system's own account counts who started us, too
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    sys.stdout.write(f" {int(peak[1]) * 1024}")
