from . import checkout
from . import checkout_page
from . import portal
