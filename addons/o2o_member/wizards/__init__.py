from . import o2o_card_import
from . import o2o_card_import_problem
from . import o2o_card_import_progress
from . import o2o_card_change
from . import o2o_card_replace
from . import o2o_points_adjust
from . import base_partner_merge
