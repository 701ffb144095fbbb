from . import coupons
from . import member
from . import portal
from . import points
from . import sign_in
from . import referral
from . import share
