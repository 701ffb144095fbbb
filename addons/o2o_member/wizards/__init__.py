from . import o2o_card_import
from . import o2o_card_import_problem
from . import o2o_points_adjust
from . import o2o_points_reverse
from . import base_partner_merge
