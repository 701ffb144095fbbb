from . import test_collection
from . import test_money
from . import test_handover
