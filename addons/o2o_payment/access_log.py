"""What the log of requests does not say.

The address of a payment is a secret: who knows it sees what is to be paid; what
WeChat adds to it, too. The proxy's
log is kept clean in the same way, see ``config/nginx.conf``.
"""

import logging
import re

_TOKEN = re.compile(r"(/o2o/payment/(?:go|return|state|wechat)/)[^\s\"']+")


#: the first one at each request, the second one when somebody looks for a mistake
_LOGGERS = ("werkzeug", "odoo.addons.http_routing.models.ir_http")


class HideTokens(logging.Filter):
    def filter(self, record):
        if isinstance(record.args, tuple):
            record.args = tuple(
                _TOKEN.sub(r"\1***", value) if isinstance(value, str) else value
                for value in record.args
            )
        return True


for _name in _LOGGERS:
    logging.getLogger(_name).addFilter(HideTokens())
