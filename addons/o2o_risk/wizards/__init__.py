from . import o2o_risk_release
