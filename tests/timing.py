"""CPU time of a call, for tests that a cost stays proportional; wall time would measure the machine's other work."""

import time


def cpu_seconds(function, *arguments, **options):
    before = time.process_time()
    function(*arguments, **options)
    return time.process_time() - before
