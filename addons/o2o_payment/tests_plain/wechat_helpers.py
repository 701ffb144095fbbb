"""A merchant at WeChat Pay, and answers and notifications as WeChat Pay signs them."""

import base64
import json
from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID
from key_texts import KeyTexts
from moments import NOW
from rude_server import http

from o2o_gateway.gateway import Order, RefundOrder
from o2o_gateway.keys import load_private_key
from o2o_gateway.order_numbers import make_number
from o2o_gateway.secret import Secret
from o2o_gateway.transport import Transport
from o2o_gateway.wechat import Settings, WechatGateway, platform_keys

DAY = timedelta(days=1)
MCHID, APP = "1900000109", "wxd678efh567hg6787"
SERIAL = "5F1C72E2A8931B72A2E13AF8DEE92471EB397115"
API_KEY = "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb"
OUT_NO = make_number("P", NOW, 46, 1)
REFUND_NO = make_number("R", NOW, 46, 1)
PUBLIC_KEY_ID = "PUB_KEY_ID_0119000001092026112700000000000001"


def order(**more):
    values = {
        "out_no": OUT_NO,
        "amount_fen": 1230,
        "subject": "茅台 53 度",
        "expires_at": NOW + timedelta(minutes=15),
        "notify_url": "https://shop.example/notify",
        "store_no": "S046",
        "terminal_no": "T1",
        "client_ip": "10.0.0.7",
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
    """Signs as WeChat Pay, by the public key or by a certificate."""

    def __init__(self, serial=PUBLIC_KEY_ID, texts=None):
        self.texts = texts or KeyTexts()
        self.key = load_private_key(self.texts.private().decode())
        self.serial = serial
        self.certificate = None

    @classmethod
    def by_certificate(cls, begins=NOW - DAY, ends=NOW + 365 * DAY, number=None):
        made = cls()
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tenpay.com")])
        made.certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(made.texts.raw.public_key())
            # a number that begins with zeros, as one in sixteen does
            .serial_number(number or x509.random_serial_number() >> 12)
            .not_valid_before(begins)
            .not_valid_after(ends)
            .sign(made.texts.raw, hashes.SHA256())
        )
        made.serial = f"{made.certificate.serial_number:040X}"
        return made

    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def headers(self, body, *, at=NOW, nonce="abc123", signature=None, serial=None):
        stamp = str(int(at.timestamp()))
        message = f"{stamp}\n{nonce}\n".encode() + body + b"\n"
        return {
            "Wechatpay-Timestamp": stamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": serial or self.serial,
            "Wechatpay-Signature": signature or self.key.sign(message),
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
        }

    def answer(self, content, status="200 OK", **more):
        body = content
        if not isinstance(content, bytes):
            body = json.dumps(content, ensure_ascii=False).encode()
        headers = self.headers(body, **more)
        return http(body, status, Content_Type="application/json", **headers)

    def notification(self, content, event="TRANSACTION.SUCCESS", **more):
        """Headers and body."""
        body = json.dumps(envelope(content, event, **more)).encode()
        return self.headers(body), body


def error(code, status):
    """As WeChat Pay refuses: without any signature."""
    body = json.dumps({"code": code, "message": "模拟的错误"}).encode()
    return http(body, f"{status} Error", Content_Type="application/json")


def seal(text, key=API_KEY, associated="transaction", nonce="0123456789ab"):
    content = text if isinstance(text, bytes) else text.encode()
    data = AESGCM(key.encode()).encrypt(nonce.encode(), content, associated.encode())
    box = {
        "algorithm": "AEAD_AES_256_GCM",
        "ciphertext": base64.b64encode(data).decode(),
        "nonce": nonce,
    }
    if associated:
        box["associated_data"] = associated
    return box


def envelope(content, event="TRANSACTION.SUCCESS", key=API_KEY, associated="x"):
    text = content if isinstance(content, bytes) else json.dumps(content)
    return {
        "id": "EV-2026112712000500001",
        "create_time": "2026-11-27T12:00:05+08:00",
        "resource_type": "encrypt-resource",
        "event_type": event,
        "summary": "支付成功",
        "resource": seal(text, key, associated) | {"original_type": "transaction"},
    }


def transaction(**more):
    return {
        "appid": APP,
        "mchid": MCHID,
        "out_trade_no": OUT_NO,
        "transaction_id": "4200002026112712345678901234",
        "trade_type": "NATIVE",
        "trade_state": "SUCCESS",
        "trade_state_desc": "支付成功",
        "bank_type": "OTHERS",
        "success_time": "2026-11-27T12:00:04+08:00",
        "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
        "amount": {
            "total": 1230,
            "payer_total": 1230,
            "currency": "CNY",
            "payer_currency": "CNY",
        },
        **more,
    }


def refunded(**more):
    return {
        "refund_id": "50000000382019052709732678859",
        "out_refund_no": REFUND_NO,
        "transaction_id": "4200002026112712345678901234",
        "out_trade_no": OUT_NO,
        "status": "SUCCESS",
        "success_time": "2026-11-27T12:00:05+08:00",
        "amount": {"total": 1230, "refund": 230, "currency": "CNY"},
        **more,
    }


#: the merchant's own key
KEY = Signer(SERIAL)


def gateway(url, *signers, keys=None, **more):
    """A client that knows the keys of ``signers``."""
    urls = [url] if isinstance(url, str) else list(url)
    if keys is None:
        keys = platform_keys(
            {s.serial: s.key.public() for s in signers if not s.certificate},
            [s.certificate for s in signers if s.certificate],
        )
    settings = Settings(MCHID, APP, SERIAL, KEY.key, Secret(API_KEY), tuple(urls))
    transport = Transport(urls, timeout=(1, 1), deadline=3)
    options = {"clock": lambda: NOW, "transport": transport, **more}
    return WechatGateway(settings, keys, **options)


def is_signed(request):
    """Whether the merchant signed just what was :func:`sent`."""
    method, path, headers, body = request
    _scheme, _space, text = headers["Authorization"].partition(" ")
    parts = dict(part.split("=", 1) for part in text.split(","))
    found = {name: value.strip('"') for name, value in parts.items()}
    head = f"{method}\n{path}\n{found['timestamp']}\n{found['nonce_str']}\n".encode()
    return KEY.key.public().verify(head + body + b"\n", found["signature"])


def sent(server, number=-1):
    """Method, path, headers and body of a request."""
    head, _, body = server.requests[number].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    method, path, _version = lines[0].split(" ")
    headers = dict(line.split(": ", 1) for line in lines[1:])
    return method, path, headers, body
