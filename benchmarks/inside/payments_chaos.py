"""What the benchmark of payments under fire does inside Odoo."""

import secrets
import time

from odoo import SUPERUSER_ID, api, fields
from odoo.fields import Command

from benchmarks.inside import payments, stock

#: six digits, neither all the same nor in a row
PIN = "258036"
#: caps and limits that no wallet of the benchmark meets
_PLENTY = 10_000_000.0
_JOBS = (
    "o2o_payment.o2o_payment_event_cron",
    "o2o_payment.o2o_payment_event_cron_2",
    "o2o_payment.o2o_payment_intent_cron",
    "o2o_payment.o2o_payment_refund_cron",
    "o2o_payment.o2o_payment_booking_cron",
    "o2o_order.o2o_timer_cron",
    "o2o_order.o2o_refund_cron",
    "payment.cron_post_process_payment_tx",
)


def _env(cr):
    return api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})


def prepare_chaos(registry, members, balance):
    """An office that refunds, members with a wallet and a login each, tills that take
    codes.

    :return: dict ``members`` (logins), ``wallet`` (ids ``provider`` and ``method``),
        ``tills`` (config ids), ``method`` (name of the till's payment method)
    """
    found = stock.tills(registry, 5)
    name = payments.add_code_method(registry, found["own"][0])
    with registry.cursor() as cr:
        env = _env(cr)
        company = env.ref("base.main_company")
        method = env["pos.payment.method"].search([("name", "=", name)])
        tills = env["pos.config"].browse(found["own"])
        for till in tills:
            till.payment_method_ids = [Command.link(method.id)]
        company.write(
            {
                "o2o_wallet_cap_registered": _PLENTY,
                "o2o_wallet_cap_anonymous": _PLENTY,
                "o2o_wallet_limit_payment": _PLENTY,
                "o2o_wallet_limit_day": _PLENTY,
                "o2o_hold_limit": 0,
            }
        )
        company._o2o_wallet_setup()
        provider = env["payment.provider"].search(
            [("code", "=", "o2o_wallet"), ("company_id", "=", company.id)]
        )
        provider.write({"state": "enabled", "is_published": True})
        provider.payment_method_ids.active = True
        env["res.users"].create(
            {
                "name": "Office",
                "login": "bench_office",
                "password": "bench_office",
                "group_ids": [
                    Command.link(env.ref(group).id)
                    for group in (
                        "base.group_system",
                        "account.group_account_manager",
                        "sales_team.group_sale_manager",
                        "o2o_payment.o2o_payment_group_manager",
                    )
                ],
            }
        )
        logins = [_add_member(env, number, balance) for number in range(members)]
        return {
            "members": logins,
            "wallet": {
                "provider": provider.id,
                "method": provider.payment_method_ids[:1].id,
            },
            "tills": tills.ids,
            "till_method": method.id,
            "product": found["products"][0],
            "price": found["prices"][0],
        }


def _add_member(env, number, balance):
    login = f"bench_member_{number}"
    user = (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create(
            {
                "name": f"Payer {number}",
                "login": login,
                "password": login,
                "email": f"payer{number}@example.com",
                "group_ids": [Command.set(env.ref("base.group_portal").ids)],
            }
        )
    )
    partner = user.partner_id
    region = env["o2o.store"].search([("is_head_office", "=", False)]).region_id[:1]
    partner.write(
        {
            "phone": f"138{number:08}",
            "street": f"{number} Renmin road",
            "city": "Guiyang",
            "zip": "550000",
            "country_id": env.ref("base.cn").id,
            "o2o_region_id": region.id,
            "partner_latitude": 26.6,
            "partner_longitude": 106.62,
        }
    )
    env["o2o.card"].create(
        {
            "number": f"CHAOS{number:04}",
            "code_hash": f"{number:064x}",
            "state": "active",
            "partner_id": partner.id,
        }
    )
    wallet = env["o2o.wallet"]._open(partner)
    wallet._set_pin(PIN)
    wallet._top_up(balance, f"bench/{login}")
    return login


def orders_to_pay(registry, count, member=None):
    """Carts with one bottle, of as many payers, or all of one member.

    :return: list of dicts ``order``, ``token``
    """
    with registry.cursor() as cr:
        env = _env(cr)
        products = env["product.product"].search([("is_storable", "=", True)])
    rows = stock.carts(registry, secrets.choice(products.ids), count)
    if member:
        with registry.cursor() as cr:
            env = _env(cr)
            partner = env["res.users"].search([("login", "=", member)]).partner_id
            env["sale.order"].browse([order for order, _token in rows]).write(
                {"partner_id": partner.id, "partner_shipping_id": partner.id}
            )
    return [{"order": order, "token": token} for order, token in rows]


def topups_to_refund(registry):
    """:return: ids of top-ups that are in their wallets, never refunded"""
    with registry.cursor() as cr:
        return (
            _env(cr)["o2o.wallet.topup"]
            .search([("state", "=", "done"), ("refunded_amount", "=", 0)])
            .ids
        )


def refund_topup(registry, topup, share):
    """Give a share of a top-up back, as its form does.

    :return: whether it was possible
    """
    with registry.cursor() as cr:
        record = _env(cr)["o2o.wallet.topup"].browse(topup)
        amount = record.currency_id.round(record.amount * share)
        try:
            with cr.savepoint():
                record._refund(amount, "bench")
        except Exception:
            return False
        return True


def backlog(registry):
    """:return: how many notifications and refunds are due, and wait for their job"""
    with registry.cursor() as cr:
        env = _env(cr)
        due = [("next_at", "<=", fields.Datetime.now())]
        names = ("o2o.payment.event", "o2o.payment.refund")
        return sum(env[name].search_count(due) for name in names)


# === THE END === #


def end_what_waits(registry):
    """The time to pay is over for whatever nobody has paid."""
    with registry.cursor() as cr:
        env = _env(cr)
        past = fields.Datetime.subtract(fields.Datetime.now(), minutes=5)
        env["o2o.payment.intent"].search(
            [("state", "in", ("new", "waiting", "unknown"))]
        ).expires_at = past
        cr.execute("ALTER TABLE o2o_payment_stamp DISABLE TRIGGER USER")
        cr.execute(
            "UPDATE o2o_payment_stamp SET expires_at = %s WHERE expires_at IS NOT NULL",
            [past],
        )
        cr.execute("ALTER TABLE o2o_payment_stamp ENABLE TRIGGER USER")
        # before the bells that nobody here answers, which are due by the thousand
        env["o2o.timer"].search(
            [("kind", "=", "unpaid"), ("state", "=", "waiting")]
        ).due_at = fields.Datetime.subtract(past, days=1)


def hurry(registry):
    """Whatever waits for its turn has it now. :return: what is not at its end, counted
    by what it is"""
    for _try in range(5):
        try:
            return _hurry(registry)
        except Exception:
            # the jobs are at the same rows
            time.sleep(0.3)
    return {"jobs are busy": 1}


def _hurry(registry):
    with registry.cursor() as cr:
        env = _env(cr)
        now = fields.Datetime.now()
        for name in ("event", "intent", "refund", "booking"):
            # what waits for a sale of a till waits for a person
            cr.execute(
                f"UPDATE o2o_payment_{name} SET next_at = %s WHERE id IN ("
                f" SELECT id FROM o2o_payment_{name} WHERE next_at > %s"
                + (" AND state <> 'paid'" if name == "intent" else "")
                + " FOR UPDATE SKIP LOCKED)",
                [now, now],
            )
        for xmlid in _JOBS:
            if job := env.ref(xmlid, raise_if_not_found=False):
                job._trigger()
        counts = {
            "intents": env["o2o.payment.intent"].search_count(
                [("state", "in", ("new", "waiting", "unknown"))]
            ),
            "unfinished payments": env["o2o.payment.intent"].search_count(
                [
                    ("state", "=", "paid"),
                    ("next_at", "!=", False),
                    ("transaction_id", "!=", False),
                ]
            ),
            "payments to be booked": env["o2o.payment.booking"].search_count(
                [("next_at", "!=", False)]
            ),
            "refunds": env["o2o.payment.refund"].search_count(
                [("state", "in", ("new", "sending", "pending"))]
            ),
            "notifications": env["o2o.payment.event"].search_count(
                [("state", "in", ("new", "orphan"))]
            ),
            "transactions": env["payment.transaction"].search_count(
                [("is_post_processed", "=", False), ("state", "!=", "draft")]
            ),
            "refunds of orders": env["o2o.refund"].search_count(
                [("state", "=", "waiting")]
            ),
            "unpaid orders": env["o2o.timer"].search_count(
                [("kind", "=", "unpaid"), ("state", "=", "waiting")]
            ),
        }
    return {name: count for name, count in counts.items() if count}


def refundable(registry):
    """:return: ids of done payments of gateways and wallets that may be refunded"""
    with registry.cursor() as cr:
        return (
            _env(cr)["payment.transaction"]
            .search(
                [
                    ("state", "=", "done"),
                    ("operation", "!=", "refund"),
                    ("amount", ">", 0),
                    ("sale_order_ids.state", "=", "sale"),
                ],
                order="id desc",
                limit=500,
            )
            .ids
        )


def refunds_under_way(registry):
    """:return: numbers of refunds that gateways have not ended"""
    with registry.cursor() as cr:
        return (
            _env(cr)["o2o.payment.refund"]
            .search(
                [("state", "=", "pending"), ("provider_id.code", "=", "o2o_wechat")]
            )
            .mapped("refund_no")
        )
