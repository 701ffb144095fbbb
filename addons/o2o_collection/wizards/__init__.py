from . import o2o_collection_decision
