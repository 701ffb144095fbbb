from . import checkout
from . import checkout_page
from . import place
from . import portal
from . import portal_urge
from . import order_choice
from . import again
from . import tracking
