from . import coupons
from . import member
from . import portal
