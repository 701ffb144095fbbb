"""UnionPay: ACP 5.1.0, signed with RSA and certificates (payments.md §2.3).

QRA, the other interface (XML, MD5), is not here: only an acquirer who insists needs it.
"""

from .client import UnionPayGateway
from .kit import SigningKey, load_cer, load_pfx
from .settings import PRODUCTION, PRODUCTION_FILES, TEST, TEST_FILES, Settings
from .times import PATIENCE, QUERY_AFTER, Stamp, Stamps, next_query
from .trust import TEST_NAME, UNIONPAY, Trust
