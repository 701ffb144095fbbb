from . import payment
from . import topup
from . import wallet
