from . import notify
from . import pay
