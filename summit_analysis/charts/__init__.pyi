# the figures, each once
from .canvas import Chart as Chart
from .evidence import intersections as intersections
from .evidence import positions as positions
from .evidence import sites as sites
from .evidence import statements as statements
from .evidence import status as status
from .money import announced as announced
from .money import comparison as comparison
from .money import documented as documented
from .money import envelope as envelope
from .money import kinds as kinds
from .money import ladder as ladder
from .money import naive_sum as naive_sum
from .money import official_count as official_count
from .money import share_of_gdp as share_of_gdp
from .money import total as total
