from . import checkout
from . import checkout_page
from . import place
from . import portal
from . import again
from . import tracking
