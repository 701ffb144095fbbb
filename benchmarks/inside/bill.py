"""What the benchmark of bills does inside Odoo. Every function takes the registry."""

import sys
import time
from datetime import date, datetime
from pathlib import Path

from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.tools import SQL

from .bulk import Copies

sys.path.append(
    str(Path(__file__).resolve().parents[2] / "addons" / "o2o_payment" / "lib")
)
from o2o_gateway.clock import BEIJING  # noqa: E402
from o2o_paysim.ledger import SimRefund, Trade  # noqa: E402
from o2o_paysim.wechat.bill import Row, trade_bill  # noqa: E402
from o2o_paysim.wechat.identity import MCHID  # noqa: E402

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12, tzinfo=BEIJING)
#: every tenth row is a refund, of a payment of the same day
REFUNDS = 10
#: what is put in, by the number of a payment modulo 1000: a hundred each in a full bill
SEEDS = {11: "ours_only", 21: "amount", 31: "duplicate", 41: "status", 51: "document"}
STRANGERS = 1000
FEN = 12345


def _env(cr):
    context = {"tracking_disable": True, "allowed_company_ids": [1]}
    return api.Environment(cr, SUPERUSER_ID, context)


def peak_memory(registry):
    """The most memory this process has had, in MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise OSError("no VmHWM")


# === data ===


def make_bill(registry, count):
    """Payments and refunds of a day with their documents, and a bill that was kept.

    :return: dict of what is there, and of what has to be found
    """
    refunds = count // REFUNDS
    payments = count - refunds
    with registry.cursor() as cr:
        env = _env(cr)
        provider = _prepare_provider(env)
        first = _add_payments(env, provider, payments)
        _add_refunds(env, first, refunds)
        fates = {
            number: SEEDS[number % 1000]
            for number in range(payments)
            if number % 1000 in SEEDS
        }
        _spoil_ours(env, first, fates)
        raw, expected, difference = _write_bill(payments, refunds, fates)
        bill = env["o2o.payment.bill"]._ensure_bill(provider, DAY)
        bill._take_file(raw, "bill.csv")
        rows = raw.count(b"\n`") - 1
        return {
            "bill_id": bill.id,
            "rows": rows,
            "bytes": len(raw),
            "differences": expected,
            "difference": difference,
        }


def _prepare_provider(env):
    provider = env["payment.provider"].search(
        [("code", "=", "o2o_wechat"), ("company_id", "=", 1)], limit=1
    )
    env.ref("base.CNY").active = True
    provider.o2o_wechat_mchid = MCHID
    provider._o2o_prepare_books()
    return provider


def _number(number):
    return f"P261120000001{number:012d}"


def _add_payments(env, provider, count):
    """:return: id of the first payment"""
    cr, yuan = env.cr, env.ref("base.CNY")
    buyer = env["res.partner"].create({"name": "Buyer"})
    order = env["sale.order"].create({"partner_id": buyer.id})
    transaction = env["payment.transaction"].create(
        {
            "provider_id": provider.id,
            "payment_method_id": env["payment.method"]
            .with_context(active_test=False)
            .search([("code", "=", "wechat_pay")], limit=1)
            .id,
            "amount": FEN / 100,
            "currency_id": yuan.id,
            "partner_id": buyer.id,
            "operation": "online_redirect",
            "sale_order_ids": [Command.link(order.id)],
        }
    )
    booked = env["account.payment"].create(
        {
            "amount": FEN / 100,
            "partner_id": buyer.id,
            "payment_type": "inbound",
            "journal_id": env["account.journal"]
            .search([("type", "=", "bank"), ("company_id", "=", 1)], limit=1)
            .id,
        }
    )
    intent = env["o2o.payment.intent"]._plan(
        provider, FEN / 100, yuan, "Liquor", transaction_id=transaction.id
    )
    transactions, bookings = Copies(transaction), Copies(booked)
    intents = Copies(intent)
    first_tx, first_booked = transactions.reserve(count), bookings.reserve(count)
    first = intents.reserve(count)
    series = f"generate_series(0, {count - 1}) i"
    bookings.insert(
        series, {"id": f"{first_booked} + i", "state": "'paid'", "move_id": "NULL"}
    )
    transactions.insert(
        series,
        {
            "id": f"{first_tx} + i",
            "reference": "'BENCH-' || i",
            "state": "'done'",
            "is_post_processed": "TRUE",
            "payment_id": f"{first_booked} + i",
        },
    )
    cr.execute(
        SQL(
            """
            INSERT INTO sale_order_transaction_rel (sale_order_id, transaction_id)
            SELECT %s, generate_series(%s, %s)
            """,
            order.id,
            first_tx,
            first_tx + count - 1,
        )
    )
    intents.insert(
        series,
        {
            "id": f"{first} + i",
            "out_no": "'P261120000001' || lpad(i::text, 12, '0')",
            "token": "md5('token' || i)",
            "transaction_id": f"{first_tx} + i",
            "state": "'paid'",
            "amount_fen": f"{FEN} + i %% 1000",
            "paid_fen": f"{FEN} + i %% 1000",
            "reserved_fen": "0",
            "provider_no": "'42000' || lpad(i::text, 23, '0')",
            "paid_at": "'2026-11-20 04:00:00'",
            "next_at": "NULL",
        },
    )
    return first


def _add_refunds(env, first, count):
    """A refund for each of the first payments, of 100 fen."""
    template = env["o2o.payment.refund"].create(
        {
            "refund_no": "R0",
            "intent_id": first,
            "company_id": 1,
            "amount_fen": 100,
        }
    )
    refunds = Copies(template)
    ids = refunds.reserve(count)
    refunds.insert(
        f"generate_series(0, {count - 1}) i",
        {
            "id": f"{ids} + i",
            "refund_no": "'R261120000001' || lpad(i::text, 12, '0')",
            "intent_id": f"{first} + i",
            "state": "'done'",
            "is_sent": "TRUE",
            "sent_at": "'2026-11-20 05:00:00'",
            "done_at": "'2026-11-20 05:00:00'",
        },
    )
    env.cr.execute(
        SQL(
            """
            UPDATE o2o_payment_intent SET reserved_fen = 100
             WHERE id >= %s AND id < %s
            """,
            first,
            first + count,
        )
    )


def _spoil_ours(env, first, fates):
    """What is wrong on our side."""

    def ids(fate):
        return tuple(first + number for number, it in fates.items() if it == fate)

    env.cr.execute(
        SQL(
            """
            UPDATE o2o_payment_intent
               SET state = 'closed', paid_fen = 0, reserved_fen = 0, paid_at = NULL
             WHERE id IN %s
            """,
            ids("status"),
        )
    )
    env.cr.execute(
        SQL(
            """
            DELETE FROM sale_order_transaction_rel WHERE transaction_id IN (
                SELECT transaction_id FROM o2o_payment_intent WHERE id IN %s)
            """,
            ids("document"),
        )
    )
    # the refund of a payment that was not paid would be another difference
    env.cr.execute(
        SQL("DELETE FROM o2o_payment_refund WHERE intent_id IN %s", ids("status"))
    )
    env.invalidate_all()


def _write_bill(payments, refunds, fates):
    """:return: the file, what has to be found by kind, and the difference in yuan"""
    rows, difference = [], 0
    expected = dict.fromkeys([*SEEDS.values(), "gateway_only"], 0)
    for number in range(payments):
        fate, fen = fates.get(number), FEN + number % 1000
        if fate:
            expected[fate] += 1
        if fate == "ours_only":
            difference -= fen
        else:
            extra = 1 if fate == "amount" else 0
            row = _row(number, fen + extra)
            rows.append(row)
            difference += extra + (fen if fate == "status" else 0)
            if fate == "duplicate":
                rows.append(row)
                difference += fen
        if number % STRANGERS == 999:
            rows.append(_row(10**9 + number, 777))
            expected["gateway_only"] += 1
            difference += 777
    for number in range(refunds):
        if fates.get(number) != "status":
            rows.append(_row(number, FEN + number % 1000, refund=True))
    return trade_bill(rows, False), expected, difference / 100


def _row(number, fen, refund=False):
    trade = Trade(
        out_no=_number(number),
        provider_no=f"42000{number:023d}",
        amount_fen=fen,
        subject="贵州茅台酒 飞天 53度 500ml",
        state="paid",
        created_at=NOON,
        expires_at=NOON,
        paid_at=NOON,
        store_no="NM",
        way="qr",
    )
    if refund:
        back = SimRefund(f"R261120000001{number:012d}", 100, NOON)
        return Row(
            trade, back, 100, 0, trade.out_no, "REFUND", f"50{number}", "SUCCESS"
        )
    return Row.of(trade, None, "SUCCESS")


# === the work ===


def work_off_bill(registry, bill_id):
    """What the job does with a file that was kept.

    :return: dict of what was found, how long it took and how much memory
    """
    steps = {}
    begun = time.perf_counter()
    with registry.cursor() as cr:
        env = _env(cr)
        bill = env["o2o.payment.bill"].browse(bill_id)
        with _timed(type(bill), steps):
            bill._work()
        cr.commit()
        seconds = time.perf_counter() - begun
        return {
            "seconds": seconds,
            "peak": peak_memory(registry),
            "steps": steps,
            "differences": _kinds(env, bill),
            "rows": bill.line_count,
            "state": bill.state,
            "difference": bill.difference,
            "books_failure": bill.books_failure or "",
        }


def match_again(registry, bill_id):
    """The same once more: how long, and how many differences have changed."""
    with registry.cursor() as cr:
        env = _env(cr)
        bill = env["o2o.payment.bill"].browse(bill_id)
        before = _differences(env)
        begun = time.perf_counter()
        bill._match()
        seconds = time.perf_counter() - begun
        after = _differences(env)
        return {"seconds": seconds, "changed": len(set(before) ^ set(after))}


def _differences(env):
    env.flush_all()
    env.cr.execute(
        """
        SELECT key, kind, state, ours_fen, gateway_fen, line_id, found_at::text
          FROM o2o_payment_difference
        """
    )
    return env.cr.fetchall()


def _kinds(env, bill):
    found = env["o2o.payment.difference"]._read_group(
        [("bill_id", "=", bill.id), ("state", "=", "open")], ["kind"], ["__count"]
    )
    return dict(found)


class _timed:
    """How long the steps of a match take, each beside the others."""

    NAMES = (
        "_apply",
        "_choose_rows",
        "_link_rows",
        "_judge_rows",
        "_judge_undone",
        "_judge_fees",
        "_write_differences",
        "_count",
        "_ask_gateway",
        "_book",
    )

    def __init__(self, model, steps):
        self.model, self.steps = model, steps

    def __enter__(self):
        for name in self.NAMES:
            setattr(self.model, name, self._wrap(name, getattr(self.model, name)))

    def __exit__(self, *error):
        for name in self.NAMES:
            delattr(self.model, name)

    def _wrap(self, name, method):
        def wrapped(record):
            begun = time.perf_counter()
            try:
                return method(record)
            finally:
                self.steps[name] = time.perf_counter() - begun

        return wrapped
