"""A small certificate authority, and answers as Alipay signs them."""

import json
from datetime import datetime, timedelta, timezone

from conftest import KeyTexts
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID
from rude_server import http

from o2o_gateway.alipay import AlipayGateway, KeyTrust, Settings
from o2o_gateway.gateway import Order, RefundOrder
from o2o_gateway.keys import load_private_key
from o2o_gateway.order_numbers import make_number
from o2o_gateway.transport import Transport

NOW = datetime(2026, 11, 27, 4, 0, 5, tzinfo=timezone.utc)
DAY = timedelta(days=1)
APP, SELLER = "2021000122682882", "2088721003899159"
OUT_NO = make_number("P", NOW, 46, 1)
REFUND_NO = make_number("R", NOW, 46, 1)


def order(**more):
    values = {
        "out_no": OUT_NO,
        "amount_fen": 1230,
        "subject": "茅台 53 度",
        "expires_at": NOW + timedelta(minutes=15),
        **more,
    }
    return Order(**values)


def refund_order(**more):
    values = {
        "out_no": OUT_NO,
        "refund_no": REFUND_NO,
        "amount_fen": 230,
        "paid_fen": 1230,
        **more,
    }
    return RefundOrder(**values)


class Signer:
    """Signs as Alipay; hand it to a :class:`~rude_server.RudeServer`."""

    def __init__(self, texts=None):
        self.texts = texts or KeyTexts()
        self.key = load_private_key(self.texts.private().decode())

    def body(self, method, node, *, signature=None, serial=None):
        """The bytes of an answer; ``node`` may be the text of the node itself."""
        if not isinstance(node, str):
            node = json.dumps(node, ensure_ascii=False)
        if signature is None:
            signature = self.key.sign(node.encode())
        name = method.replace(".", "_") + "_response"
        more = f',"alipay_cert_sn":"{serial}"' if serial else ""
        return f'{{"{name}":{node},"sign":"{signature}"{more}}}'.encode()

    def answer(self, method, node, **more):
        return http(self.body(method, node, **more), Content_Type="text/html")


def gateway(url, app_key, trust, **more):
    settings = Settings(APP, SELLER, app_key, trust, f"{url}/gateway.do")
    options = {"clock": lambda: NOW, **more}
    transport = Transport([settings.url], timeout=(1, 1), deadline=3)
    return AlipayGateway(settings, transport=transport, **options)


def key_gateway(url, signer, **more):
    return gateway(url, KEY.key, KeyTrust(signer.key.public()), **more)


#: the key of the merchant in these tests
KEY = Signer()


class Authority:
    """Root, intermediate and leaves, as the authority of Alipay has them."""

    def __init__(self, name="Ant Test"):
        self.root_key, self.middle_key = KeyTexts(), KeyTexts()
        self.root = self._make(f"{name} R1", None, self.root_key, self.root_key, True)
        self.middle = self._make(
            f"{name} Class 2", self.root, self.middle_key, self.root_key, True
        )

    def issue(self, name, texts, *, begins=NOW - DAY, ends=NOW + 365 * DAY, by=None):
        issuer, key = by or (self.middle, self.middle_key)
        return self._make(name, issuer, texts, key, False, begins, ends)

    def _make(
        self,
        name,
        issuer,
        texts,
        issuer_texts,
        is_authority,
        begins=NOW - DAY,
        ends=NOW + 3650 * DAY,
    ):
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Ant Financial test"),
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Alipay"),
                x509.NameAttribute(NameOID.COMMON_NAME, name),
            ]
        )
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.subject if issuer else subject)
            .public_key(texts.raw.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(ends)
        )
        if is_authority:
            constraint = x509.BasicConstraints(ca=True, path_length=None)
            builder = builder.add_extension(constraint, critical=True)
        return builder.sign(issuer_texts.raw, hashes.SHA256())


def pem(*certificates):
    return "".join(
        one.public_bytes(serialization.Encoding.PEM).decode() for one in certificates
    )
