"""The first thing that the shell calls: an interrupt while the program is still loading ends it without a word.

Loading takes half a second, in which Python would answer with a traceback. Nothing has been opened by then.
"""

import importlib
import os
import signal
from types import FrameType

INTERRUPTED = 130


def entry() -> int:
    """An interrupt that comes when all is done does not change how it ended, either."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # else it is to be ignored, as in a shell's background
        signal.signal(signal.SIGINT, _leave)
    main = importlib.import_module(".cli", __package__).main
    signal.signal(signal.SIGINT, before)
    code: int = main()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return code


def _leave(_number: int, _frame: FrameType | None) -> None:
    os._exit(INTERRUPTED)
