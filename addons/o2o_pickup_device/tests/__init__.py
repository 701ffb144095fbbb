from . import test_ready_slip
