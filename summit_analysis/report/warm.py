"""Import and draw once what kernels and drawers of figures need, in the process from which all of them are forked."""

import gc
from contextlib import suppress

from summit_analysis.base.errors import SummitAnalysisError
from summit_analysis.ledger.tables import load
from summit_analysis.report.site import FIGURES, draw

# what is wrong is said by whoever needs it
with suppress(SummitAnalysisError):
    draw(load(), FIGURES[0])
# what is here stays: none of them looks through it again for what could go, nor often through what it makes itself
gc.freeze()
gc.set_threshold(100_000)
