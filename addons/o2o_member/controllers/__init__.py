from . import coupons
from . import level
from . import member
from . import card
from . import card_import
from . import portal
from . import account
