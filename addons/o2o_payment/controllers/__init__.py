from . import notify
from . import pay
from . import pay_in_wechat
