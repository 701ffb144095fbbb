from . import test_demo, test_website
from . import test_dependencies
from . import test_field_access
from . import test_mixed_refund
from . import test_presets
from . import test_wallet_return
