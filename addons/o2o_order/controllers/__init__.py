from . import checkout
from . import portal
from . import portal_life
from . import ship_file
