from . import o2o_payment_bill_upload
from . import o2o_payment_bill_go_on
from . import o2o_payment_resolution
