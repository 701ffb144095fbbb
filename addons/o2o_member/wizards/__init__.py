from . import o2o_card_import
from . import o2o_card_import_problem
from . import o2o_level_grant_wizard
from . import o2o_level_refund
from . import o2o_points_adjust
from . import base_partner_merge
