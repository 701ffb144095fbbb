from . import test_rules
from . import test_review
from . import test_attacks
from . import test_checkout
from . import test_facts
from . import test_payer
from . import test_parallel
