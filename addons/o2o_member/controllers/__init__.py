from . import coupons
from . import level
from . import member
from . import portal
