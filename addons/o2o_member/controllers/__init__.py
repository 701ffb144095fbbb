from . import coupons
from . import member
from . import points
from . import portal
