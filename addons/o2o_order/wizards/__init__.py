from . import o2o_fulfillment_reject
from . import o2o_order_cancel_wizard
from . import o2o_order_change_wizard
from . import o2o_ship_file
from . import o2o_refund_by_hand
from . import o2o_refund_wizard
