from . import o2o_payment_decision
