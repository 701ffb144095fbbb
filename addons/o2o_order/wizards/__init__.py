from . import o2o_fulfillment_reject
