"""Figures of a ledger: `charts.ladder(ledger)` draws one and returns it as a `Chart`.

Money
-----
- `naive_sum`: what the article's sums come to, and what of it is counted twice
- `envelope`: whose money a package is, and what of it was never itemised
- `total`: what a total consists of, by pledge or by group
- `kinds`: private and public money
- `announced`: the money announced by each day, without double counting
- `ladder`: from promise to building: how much is new, has a site, and has more than a site
- `documented`: what was promised against what sources document
- `official_count`: the count that officials give beside ours
- `comparison`: money per year, beside what others planned
- `share_of_gdp`: pledges as a share of one year's GDP

Evidence
--------
- `statements`: what the article states, by verdict
- `status`: what became of each project, and of the funds
- `sites`: a map of where what was pledged is to be built

Signatures
----------
- `intersections`: who signed exactly what
- `positions`: a map of who signed a declaration
"""

import lazy_loader

# a figure loads what it draws with when it is first used; the names stand in `__init__.pyi`
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
