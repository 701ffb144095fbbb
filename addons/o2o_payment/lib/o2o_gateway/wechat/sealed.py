"""What WeChat Pay encrypts for us: AES-256-GCM under the APIv3 key.

That something opens does not say who closed it: the key is shared. The signature is
checked first, always.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..keys import KeyProblem
from ..secret import Secret
from ..texts import lazy as _lt

ALGORITHM = "AEAD_AES_256_GCM"
KEY_BYTES = 32
#: it is WeChat Pay's, but our APIv3 key does not open it: set up wrongly
CANNOT_OPEN = "o2o.cannot_open"


class SealProblem(ValueError):
    """The APIv3 key does not open it: another key, or it was changed on the way."""


def check_api_key(key: Secret) -> Secret:
    """``key`` itself.

    :raise KeyProblem: not 32 characters of ASCII
    """
    text = key.reveal()
    if len(text) != KEY_BYTES or not text.isascii():
        raise KeyProblem(
            "wrong_length", _lt("The APIv3 key has 32 letters and digits.")
        )
    return key


def unseal(box: Any, key: Secret) -> bytes:
    """The content of a ``resource`` or an ``encrypt_certificate``.

    ``associated_data`` may be empty, null or missing.

    :raise SealProblem: the key does not fit
    :raise ValueError: not such a box
    """
    if not isinstance(box, dict) or box.get("algorithm") != ALGORITHM:
        raise ValueError(_lt("it is not encrypted in a way that is known"))
    nonce, associated = _text(box, "nonce"), _text(box, "associated_data")
    try:
        data = base64.b64decode(_text(box, "ciphertext"), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(_lt("what was encrypted is damaged")) from None
    try:
        return AESGCM(key.reveal().encode()).decrypt(
            nonce.encode(), data, associated.encode()
        )
    except InvalidTag:
        raise SealProblem(_lt("the APIv3 key does not open it")) from None


def _text(box: Mapping[str, Any], name: str) -> str:
    value = box.get(name)
    if not isinstance(value, str | None):
        raise ValueError(_lt("a part of what was encrypted is no text"))
    return value or ""
