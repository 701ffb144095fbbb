"""A UnionPay of our own: an authority, its signing certificate, and what it writes."""

import base64
import itertools
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from moments import NOW as NOON

from o2o_gateway.gateway import Order, RefundOrder
from o2o_gateway.keys import load_private_key
from o2o_gateway.order_numbers import make_number
from o2o_gateway.secret import Secret
from o2o_gateway.transport import Transport
from o2o_gateway.unionpay import (
    Settings,
    SigningKey,
    Stamp,
    Trust,
    UnionPayGateway,
    load_pfx,
    wire,
)

UTC = timezone.utc
#: 12:00:05 in Beijing
#: the published certificate was valid then
THEN = datetime(2022, 9, 11, tzinfo=UTC)
MERCHANT = "777290058167151"
NAME = "041@8310000000083040@中国银联股份有限公司@00016495"
_numbers = itertools.count(1)


class Pair:
    def __init__(self, bits=2048):
        self.raw = rsa.generate_private_key(public_exponent=65537, key_size=bits)
        self.text = self.raw.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()

    @property
    def key(self):
        return load_private_key(self.text)


def subject(name, unit="Local RA OCA1"):
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )


def certificate(
    name,
    pair,
    issuer_name,
    issuer_pair,
    *,
    is_authority=False,
    start=NOON - timedelta(days=100),
    days=1000,
    unit="Local RA OCA1",
    algorithm=None,
):
    return (
        x509.CertificateBuilder()
        .subject_name(subject(name, unit))
        .issuer_name(issuer_name)
        .public_key(pair.raw.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(
            x509.BasicConstraints(ca=is_authority, path_length=None), critical=False
        )
        .sign(issuer_pair.raw, algorithm or hashes.SHA256())
    )


def pem(one):
    return one.public_bytes(serialization.Encoding.PEM).decode()


class House:
    """Root, middle and a signing certificate."""

    def __init__(self, name="CFCA TEST", **middle):
        self.root_pair, self.middle_pair, self.pair = Pair(), Pair(), Pair()
        self.merchant_pair = Pair()
        root_name = subject(f"{name} CS CA")
        self.root = certificate(
            f"{name} CS CA",
            self.root_pair,
            root_name,
            self.root_pair,
            is_authority=True,
            days=9000,
        )
        self.middle = certificate(
            f"{name} OCA1",
            self.middle_pair,
            root_name,
            self.root_pair,
            **{"is_authority": True, "days": 8000, **middle},
        )
        self.leaf = self.issue(NAME)

    def issue(self, name, pair=None, **more):
        return certificate(
            name, pair or self.pair, self.middle.subject, self.middle_pair, **more
        )

    def trust(self, **more):
        return Trust([self.middle], [self.root], **more)

    def sign(self, fields, pair=None, leaf=None, charset="utf-8"):
        """``fields`` with certificate and signature."""
        full = {
            "version": "5.1.0",
            "signMethod": "01",
            "encoding": {"gbk": "GBK"}.get(charset, "UTF-8"),
            "signPubKeyCert": pem(leaf or self.leaf),
            **fields,
        }
        signature = (pair or self.pair).key.sign(wire.digest(full, charset))
        return {**full, "signature": signature}

    def signing(self):
        return SigningKey(
            self.merchant_pair.key,
            "69903319369",
            NOON - timedelta(days=1),
            NOON + timedelta(days=1000),
        )


def raw(fields, charset="utf-8"):
    """As UnionPay answers: nothing is encoded."""
    return "&".join(f"{name}={value}" for name, value in fields.items()).encode(charset)


class Stamps:
    """What a shop keeps: when each number was used first."""

    def __init__(self, clock):
        self._clock = clock
        self.kept = {}

    def __call__(self, number):
        return self.kept.setdefault(number, Stamp(self._clock()))

    def order(self, order):
        """An order is kept before anything is sent."""
        self.kept[order.out_no] = Stamp(self._clock(), order.expires_at)
        return order


def client_of(sim, **more):
    """A client with settings from the simulator's kit; ``client.stamps`` is its memory.

    The clock is the simulator's, and time limits are short.
    """
    kit = sim.unionpay.merchant()
    settings = Settings(
        **{
            "merchant_no": kit["merchant_no"],
            "signing": load_pfx(
                base64.b64decode(kit["pfx"]), Secret(kit["pfx_password"])
            ),
            "trust": Trust.of_texts(kit["middle_certificate"], kit["root_certificate"]),
            "url": kit["url"],
            "files_url": kit["files_url"],
            **more,
        }
    )
    return client_with(settings, sim.clock)


def client_with(settings, clock):
    limits = {"timeout": (2, 2), "deadline": 4}
    stamps = Stamps(clock)
    client = UnionPayGateway(
        settings,
        stamps,
        transport=Transport([settings.url], **limits),
        files=Transport([settings.files_url], **limits),
        clock=clock,
    )
    client.stamps = stamps
    return client


def new_order(client, clock, **more):
    """An order of 100 yuan, with its stamp."""
    values = {
        "out_no": make_number("P", clock(), 46, next(_numbers)),
        "amount_fen": 10000,
        "subject": "茅台 53/度 & 杯=1",
        "expires_at": clock() + timedelta(minutes=15),
        "terminal_no": "T0000001",
        **more,
    }
    return client.stamps.order(Order(**values))


def refund_of(order, amount, **more):
    number = make_number("R", NOON, 46, next(_numbers))
    values = {"refund_no": number, "paid_fen": order.amount_fen, **more}
    return RefundOrder(order.out_no, amount_fen=amount, **values)


def new_code():
    return Secret(f"62{next(_numbers):017d}")
