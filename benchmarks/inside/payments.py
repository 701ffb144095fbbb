"""What the benchmarks of payments do inside Odoo. Every function takes the registry."""

import requests

from odoo import SUPERUSER_ID, api
from odoo.fields import Command

from benchmarks.inside import stock

GATEWAYS = ("alipay", "wechat", "unionpay")
_TIMEOUT = 30


def _env(cr):
    return api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})


def connect_gateways(registry, base_url, simulator, kits):
    """Providers in test mode, told where to find a simulator and this shop.

    :return: dict of dicts by gateway: ids ``provider`` and ``method``
    """
    with registry.cursor() as cr:
        env = _env(cr)
        parameters = env["ir.config_parameter"]
        parameters.set_param("web.base.url", base_url)
        parameters.set_param("web.base.url.freeze", "True")
        providers = env["payment.provider"]._o2o_connect_simulator(
            env.ref("base.main_company"), simulator, kits
        )
        providers.payment_method_ids.active = True
        return {
            provider.code.removeprefix("o2o_"): {
                "provider": provider.id,
                "method": provider.payment_method_ids[:1].id,
            }
            for provider in providers
        }


def payable_orders(registry, count):
    """Submitted orders that wait for a payment, one bottle each, goods held; each has
    a transaction and an attempt, with the three gateways in turns.

    :return: list of dicts ``order``, ``out_no``, ``gateway``
    """
    with registry.cursor() as cr:
        env = _env(cr)
        product = env["product.product"].search([("is_storable", "=", True)], limit=1)
    rows = stock.carts(registry, product.id, count)
    with registry.cursor() as cr:
        env = _env(cr)
        providers = {
            provider.code.removeprefix("o2o_"): provider
            for provider in env["payment.provider"].search(
                [("code", "in", [f"o2o_{gateway}" for gateway in GATEWAYS])]
            )
        }
        found = []
        for number, (order_id, _token) in enumerate(rows):
            gateway = GATEWAYS[number % len(GATEWAYS)]
            order = env["sale.order"].browse(order_id)
            if shortages := order._o2o_claim_stock():
                raise ValueError(f"no goods: {shortages}")
            transaction = env["payment.transaction"].create(
                {
                    "provider_id": providers[gateway].id,
                    "payment_method_id": providers[gateway].payment_method_ids[:1].id,
                    "amount": order.amount_total,
                    "currency_id": order.currency_id.id,
                    "partner_id": order.partner_id.id,
                    "operation": "online_redirect",
                    "sale_order_ids": [Command.set(order.ids)],
                }
            )
            intent = transaction._o2o_plan_intent()
            found.append(
                {"order": order_id, "out_no": intent.out_no, "gateway": gateway}
            )
        return found


def open_payments(registry, out_nos):
    """Send the payers to pay: after this the gateways know the payments.

    The job's own questions are put off by an hour: who prepares payments does not pay
    within seconds, as payers do.
    """
    session = requests.Session()
    session.trust_env = False
    for out_no in out_nos:
        with registry.cursor() as cr:
            intent = _env(cr)["o2o.payment.intent"].search([("out_no", "=", out_no)])
            page = intent._open(False, "127.0.0.1")
            intent._wake(3600)
        if page and page.method == "POST":
            session.post(page.url, data=dict(page.fields), timeout=_TIMEOUT)
        elif page:
            session.get(page.url, timeout=_TIMEOUT)


def put_off_questions(registry, out_nos, seconds):
    """When the job asks the gateways about these payments for the first time."""
    with registry.cursor() as cr:
        env = _env(cr)
        intents = env["o2o.payment.intent"].search([("out_no", "in", out_nos)])
        intents._wake(seconds)


def confirmed_orders(registry, orders):
    """:return: ids of those that are confirmed and whose transaction is done"""
    with registry.cursor() as cr:
        cr.execute(
            """
            SELECT sale.id
              FROM sale_order sale
              JOIN sale_order_transaction_rel rel ON rel.sale_order_id = sale.id
              JOIN payment_transaction payment ON payment.id = rel.transaction_id
             WHERE sale.id = ANY(%s)
               AND sale.state = 'sale'
               AND payment.state = 'done'
            """,
            [orders],
        )
        return [order for (order,) in cr.fetchall()]


def add_code_method(registry, till):
    """A till takes customers' codes; a paid line stays on its screen.

    :return: name of the payment method
    """
    with registry.cursor() as cr:
        env = _env(cr)
        journal = env["account.journal"].create(
            {"name": "Codes", "code": "CODES", "type": "bank"}
        )
        method = env["pos.payment.method"].create(
            {
                "name": "Code",
                "journal_id": journal.id,
                "payment_method_type": "terminal",
                "use_payment_terminal": "o2o_code",
            }
        )
        env["pos.config"].browse(till).write(
            {
                "payment_method_ids": [Command.link(method.id)],
                "auto_validate_terminal_payment": False,
            }
        )
        return method.name


def code_sales(registry, till):
    """:return: dict of what became of the codes of a till, in numbers and in fen"""
    with registry.cursor() as cr:
        env = _env(cr)
        intents = env["o2o.payment.intent"].search([("config_id", "=", till)])
        paid = intents.filtered(lambda intent: intent.state == "paid")
        return {
            "intents": len(intents),
            "paid": len(paid),
            "paid_fen": sum(paid.mapped("paid_fen")),
            "sold": len(paid.pos_payment_id),
            "held": env["o2o.payment.quarantine"].search_count([]),
        }
