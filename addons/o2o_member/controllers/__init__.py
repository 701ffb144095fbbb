from . import member
from . import portal
