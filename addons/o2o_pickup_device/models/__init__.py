from . import o2o_fulfillment
from . import o2o_print_job
from . import o2o_receipt
