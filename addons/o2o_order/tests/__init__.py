from . import test_checkout
from . import test_fulfillment
from . import test_hoot
from . import test_pos
from . import test_pos_tour
from . import test_routing
from . import test_security
from . import test_utils
