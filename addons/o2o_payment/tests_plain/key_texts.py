"""Keys as people have them."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


class KeyTexts:
    """One RSA key in all the shapes in which people have it."""

    def __init__(self, bits=2048):
        self.raw = rsa.generate_private_key(public_exponent=65537, key_size=bits)

    def private(self, form="PKCS8", encoding="PEM", password=None):
        return self.raw.private_bytes(
            getattr(serialization.Encoding, encoding),
            getattr(serialization.PrivateFormat, form),
            serialization.BestAvailableEncryption(password)
            if password
            else serialization.NoEncryption(),
        )

    def public(self, form="SubjectPublicKeyInfo", encoding="PEM"):
        return self.raw.public_key().public_bytes(
            getattr(serialization.Encoding, encoding),
            getattr(serialization.PublicFormat, form),
        )
