from . import o2o_wallet_adjust
from . import o2o_wallet_payout
