from . import checkout
from . import order_choice
from . import portal
from . import portal_urge
