from . import o2o_verification
