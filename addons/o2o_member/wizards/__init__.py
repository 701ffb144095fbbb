from . import o2o_card_import
from . import o2o_card_import_problem
from . import o2o_points_adjust
from . import base_partner_merge
from . import o2o_member_merge_wizard
