"""Pledges, timelines and signatures of the Paris AI Action Summit as evidence that anyone can check."""

import lazy_loader

__version__ = "0.2.0"

# pandas and friends load when a name is first used; the names stand in `__init__.pyi`
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
