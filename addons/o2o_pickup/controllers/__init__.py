from . import checkout_page
from . import order_choice
from . import portal
