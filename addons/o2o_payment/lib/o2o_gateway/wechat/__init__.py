"""WeChat Pay, API v3 (payments.md §2.2)."""

from .client import BridgeCall, PayerCard, WechatGateway
from .trust import platform_keys
from .wire import HOSTS, NO_CERTIFICATES, Settings
