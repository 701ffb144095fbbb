"""Clients and orders for the simulator, a small authority."""

import itertools
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID
from key_texts import KeyTexts
from moments import NOW

from o2o_gateway.alipay import AlipayGateway, CertificateTrust, KeyTrust, Settings
from o2o_gateway.gateway import Order, RefundOrder
from o2o_gateway.keys import load_certificates, load_private_key, load_public_key
from o2o_gateway.order_numbers import make_number
from o2o_gateway.secret import Secret
from o2o_gateway.transport import Transport

DAY = timedelta(days=1)
_numbers = itertools.count(1)

#: done at Alipay, and no answer comes
LOST = ["lost_after", "html", "truncated", "empty", "status_after"]
#: done at Alipay, and the answer does not prove it
UNPROVEN = ["unsigned", "bad_signature", "wrong_key", "system_error_after"]
UNPROVEN += ["unknown_after", "other_trade"]


def client_of(sim, *, certificates=False, timeout=(5, 5), **more):
    texts = sim.alipay.merchant()
    if certificates:
        trust = CertificateTrust(
            load_certificates(texts["app_certificate"])[0],
            load_certificates(texts["root_certificate"]),
            load_certificates(texts["alipay_certificate"]),
        )
    else:
        trust = KeyTrust(load_public_key(texts["alipay_public_key"]))
    settings = Settings(
        texts["app_id"],
        texts["seller_id"],
        load_private_key(texts["app_private_key"]),
        trust,
        texts["url"],
    )
    options = {"clock": sim.clock, **more}
    transport = Transport([settings.url], timeout=timeout, deadline=10)
    return AlipayGateway(settings, transport=transport, **options)


def new_order(sim, **more):
    values = {
        "out_no": make_number("P", sim.clock(), 46, next(_numbers)),
        "amount_fen": 10000,
        "subject": "茅台 53/度 & 杯=1",
        "expires_at": sim.clock() + timedelta(minutes=15),
        "store_no": "S046",
        "terminal_no": "T1",
        **more,
    }
    return Order(**values)


def new_code():
    return Secret(f"28{next(_numbers):016d}")


def refund_of(order, amount, **more):
    number = make_number("R", NOW, 46, next(_numbers))
    values = {"refund_no": number, "paid_fen": order.amount_fen, **more}
    return RefundOrder(order.out_no, amount_fen=amount, **values)


class Signer:
    """A key in all its shapes, ready to sign."""

    def __init__(self, texts=None):
        self.texts = texts or KeyTexts()
        self.key = load_private_key(self.texts.private().decode())


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


def state_of(client, order):
    return client.query(order.out_no).value.state
