from . import checkout
from . import portal
from . import portal_urge
