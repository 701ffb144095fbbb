"""The client of WeChat Pay and a server that answers what a test says."""

import pytest
from wechat_helpers import gateway
from wechat_scripted_helpers import SIGNER


@pytest.fixture
def client(rude_server):
    return gateway(rude_server.url, SIGNER)
