from . import checkout
from . import portal
