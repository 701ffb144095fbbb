from . import test_box
from . import test_box_http
from . import test_print_job
from . import test_receipt
from . import test_security
from . import test_slip_again
from . import test_points_slip
from . import test_return_slip
