"""The report for a client: one HTML file that needs nothing but a browser.

`findings.py` asks the reports, `charts.py` and `tables.py` lay their records out, `page.py` fills the templates.
"""

from .findings import DEFAULT_ROWS, Findings, Wanted, gather
from .page import Cover, render

__all__ = ["DEFAULT_ROWS", "Cover", "Findings", "Wanted", "gather", "render"]
