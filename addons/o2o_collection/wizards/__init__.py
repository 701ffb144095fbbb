from . import o2o_collection_decision
from . import o2o_collection_stand_in
