"""Alipay, the v2 gateway with RSA2 (payments.md §2.1)."""

from .client import PRODUCTION, SANDBOX, AlipayGateway, Settings
from .trust import CertificateTrust, KeyTrust
