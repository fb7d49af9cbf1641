"""Figures of a ledger: `charts.ladder(ledger)` draws one and returns it as a `Chart`.

Money
-----
- `naive_sum`: the sum that a hurried reader makes, and what of it is counted again
- `total`: what a total consists of, by pledge or by group
- `envelope`: a package, its parts and what no part explains
- `ladder`: how much of the careless sum is counted once, new, has a site, and has more than a site
- `announced`: the money announced by each day, each euro once
- `sensitivity`: the total under every convention of the exchange rate
- `comparison`: money per year, beside what others planned
- `share_of_gdp`: pledges as a share of one year's output

Evidence
--------
- `claims`: who said what about the parts of a package
- `conflicts`: how far claims about a pledge are apart
- `statements`: what the article states, by verdict
- `status`: how far each pledge came
- `timeline`: what happened when

Signatures
----------
- `memberships`: who signed what
- `intersections`: who signed exactly what
- `positions`: a map of the positions on one declaration
- `counts`: every count of signatories, over the names listed on its day
"""

import lazy_loader

# a figure loads what it draws with when it is first used; the names stand in `__init__.pyi`
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
