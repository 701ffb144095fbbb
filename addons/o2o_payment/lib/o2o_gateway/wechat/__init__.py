"""WeChat Pay, API v3 (payments.md §2.2)."""

from .client import HOSTS, BridgeCall, PayerCard, Settings, WechatGateway
from .trust import platform_keys
