"""PAY-02: one box for all codes: whose code was scanned?"""

import pytest

from o2o_gateway.codes import gateway_of
from o2o_gateway.secret import Secret
from o2o_paysim import Simulator


@pytest.mark.parametrize(
    ("code", "gateway"),
    [
        ("280000000000000001", "alipay"),
        ("2500000000000000", "alipay"),
        ("300000000000000000000001", "alipay"),
        ("130000000000000001", "wechat"),
        ("100000000000000001", "wechat"),
        ("6200000000000000001", "unionpay"),
        ("6923450657713", ""),
        ("160000000000000001", ""),
        ("13000000000000001", ""),
        ("13000000000000000a", ""),
        ("130000000000000001\n", ""),
        ("", ""),
    ],
)
def test_code_belongs_to_one_gateway(code, gateway):
    assert gateway_of(Secret(code)) == gateway


def test_codes_of_the_simulator_are_told_apart():
    simulator = Simulator()
    for name, module in simulator.modules.items():
        assert gateway_of(Secret(module.payment_code())) == name
