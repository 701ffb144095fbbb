"""What the member benchmark does inside Odoo. Every function takes the registry."""

import base64
import io
import random
import sys
import threading
import time

import openpyxl

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.service.model import retrying

from .bulk import Copies, without_indexes
from .members import generate as generate_members

ORDERS_PER_SESSION = 500


def _env(cr, **context):
    return api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True, **context})


def _say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


# === data ===


def generate(registry, first, last):
    with registry.cursor() as cr:
        return generate_members(_env(cr), first, last, _say)


def add_orders(registry, count, partner, members):
    """Old orders, online and at the till, so that their numbers are many.

    The copies are of the last order each; tills get sessions of the past.
    """
    with registry.cursor() as cr:
        env = _env(cr)
        sale = env["sale.order"].search([], order="id desc", limit=1)
        receipt = env["pos.order"].search([], order="id desc", limit=1)
        buyer = f"{partner} + (i::bigint * 7 %% {members})"
        sales, receipts = Copies(sale), Copies(receipt)
        sessions = Copies(receipt.session_id)
        first = sessions.reserve(count // ORDERS_PER_SESSION + 1)
        with without_indexes(cr, "sale_order", "pos_order", "pos_session"):
            sessions.insert(
                f"generate_series(0, {count // ORDERS_PER_SESSION}) i",
                {
                    "id": f"{first} + i",
                    "name": "'BENCH/' || i",
                    "state": "'closed'",
                    "stop_at": "%(now)s::timestamp",
                    "access_token": "NULL",
                },
            )
            ids = sales.reserve(count)
            sales.insert(
                f"generate_series(0, {count - 1}) i",
                {
                    "id": f"{ids} + i",
                    "name": "'W' || lpad(i::text, 8, '0')",
                    "partner_id": buyer,
                    "partner_invoice_id": buyer,
                    "partner_shipping_id": buyer,
                    "access_token": "md5('sale' || i)",
                    "state": "'sale'",
                },
            )
            ids = receipts.reserve(count)
            receipts.insert(
                f"generate_series(0, {count - 1}) i",
                {
                    "id": f"{ids} + i",
                    "name": "'Till/' || i",
                    "pos_reference": "'2526-001-' || lpad(i::text, 7, '0')",
                    "tracking_number": "lpad((i %% 1000)::text, 4, '0')",
                    "uuid": "md5('receipt' || i)",
                    "access_token": "md5('token' || i)",
                    "partner_id": buyer,
                    "session_id": f"{first} + i / {ORDERS_PER_SESSION}",
                    "account_move": "NULL",
                    "state": "'done'",
                },
            )


def make_logins(registry, logins):
    """Portal users of members, whose password is their login.

    :param dict logins: {login: id of the partner}
    """
    with registry.cursor() as cr:
        env = _env(cr, no_reset_password=True)
        env["res.users"].create(
            [
                {
                    "login": login,
                    "password": login,
                    "partner_id": partner_id,
                    "group_ids": [(6, 0, env.ref("base.group_portal").ids)],
                }
                for login, partner_id in logins.items()
            ]
        )


# === look-up ===


def look_up_texts(registry, first, last, count, orders):
    """What people type, by key, of so many members each.

    :return: {key: [[text, id of the partner meant], ...]}; an empty list where the
        addons cannot do it
    """
    chance = random.Random(7)
    with registry.cursor() as cr:
        env = _env(cr)
        env = env(context={"allowed_company_ids": env.ref("base.main_company").ids})
        members = env["res.partner"].browse(chance.sample(range(first, last), count))
        numbers = {card.partner_id: card.number for card in members.o2o_card_ids}
        texts = {
            "last 4 digits": [[numbers[it][-4:], it.id] for it in members],
            "full number": [[numbers[it], it.id] for it in members],
            "swipe": [[f";{numbers[it]}=2912?", it.id] for it in members],
            # valid for a minute, and once: made when they are needed
            "member QR": [[None, it.id] for it in members],
            "pinyin initials": [],
            "order number": [],
        }
        if "o2o_pinyin" in members:
            texts["pinyin initials"] = [
                [it.o2o_pinyin.split()[0], it.id] for it in members
            ]
        for number in chance.sample(range(orders), min(count, orders)):
            text = f"W{number:08}" if number % 2 else f"2526-001-{number:07}"
            partner_id = first + number * 7 % (last - first + 1)
            texts["order number"].append([text, partner_id])
        return texts


def member_token(registry, partner):
    """What the phone of a member shows in this minute."""
    with registry.cursor() as cr:
        return _member(_env(cr), partner)._o2o_member_token()


# === nightly jobs ===


def check_balances(registry):
    """:return: the number of accounts that do not add up"""
    with registry.cursor() as cr:
        return len(_env(cr)["o2o.points.entry"]._cron_check_balances())


def expire(registry):
    """:return: buckets that were due before, and that are due now"""
    with registry.cursor() as cr:
        env = _env(cr)
        buckets = env["o2o.points.bucket"]
        due = [("remaining", ">", 0), ("expires_at", "<=", "now")]
        before = buckets.search_count(due)
        buckets._cron_expire()
        return [before, buckets.search_count(due)]


# === cards ===


def import_cards(registry, kind, count):
    """Check a file of cards and import it, then take it back: nothing is committed.

    :param str kind: ``txt`` (GBK, as an office in China writes it) or ``xlsx``
    :return: how many cards the batch had
    """
    rows = [(f"9{row:09d}", f"{row % 1_000_000:06d}") for row in range(count)]
    content = _as_text(rows) if kind == "txt" else _as_workbook(rows)
    with registry.cursor() as cr:
        wizard = _env(cr)["o2o.card.import"].create(
            {"file": base64.b64encode(content), "file_name": f"cards.{kind}"}
        )
        wizard.action_import()
        wizard.env.flush_all()
        imported = wizard.batch_id.card_count
        cr.rollback()
    return imported


def _as_text(rows):
    lines = ["\u5361\u53f7,\u6fc0\u6d3b\u7801", *(",".join(row) for row in rows)]
    return "\r\n".join(lines).encode("gbk")


def _as_workbook(rows):
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


# === orders ===

# the transaction that an order is measured in, between two calls
_open = {}


def open_order(registry, partner=None):
    """Make a draft order of two lines, and read it in a transaction that stays open.

    What is measured next finds the order in the cache, like the real thing, which has
    always looked at it before.

    :param int partner: the buyer, by default the buyer of the shop's data
    """
    close_order(registry)
    with registry.cursor() as cr:
        env = _env(cr)
        buyer = env["res.users"].search([("login", "=", "bench_buyer")]).partner_id
        products = env["product.product"].search([("is_storable", "=", True)], limit=2)
        order = env["sale.order"].create(
            {
                "partner_id": partner or buyer.id,
                "order_line": [
                    (0, 0, {"product_id": product.id, "product_uom_qty": 1})
                    for product in products
                ],
            }
        )
    env = _env(registry.cursor())
    order = env["sale.order"].browse(order.id)
    order = order.with_company(order.company_id)
    order.order_line.mapped("price_total")
    order.order_line.product_id.mapped("categ_id.name")
    order.mapped("company_id.partner_id.tz")
    order.mapped("partner_id.name")
    order.mapped("currency_id.rounding")
    _open["order"] = order
    return order.id


def close_order(registry):
    if order := _open.pop("order", None):
        order.env.cr.commit()
        order.env.cr.close()


def confirm(registry):
    _open["order"].action_confirm()
    _open["order"].env.flush_all()


def award(registry):
    """What completion does about points: the same call as in o2o_order."""
    order = _open["order"]
    order.env["o2o.points.share"]._award(
        order.partner_id,
        [
            {
                "record": line,
                "product": line.product_id,
                "quantity": line.product_uom_qty,
                "amount": line.price_total,
            }
            for line in order.order_line
        ],
        document=f"sale.order/{order.id}/earn",
        source=order,
    )
    order.env.flush_all()


def count_awards(registry, orders):
    close_order(registry)
    with registry.cursor() as cr:
        keys = [f"sale.order/{order}/earn" for order in orders]
        return _env(cr)["o2o.points.entry"].search_count([("key", "in", keys)])


# === everybody at once ===


def spendable(registry, partner):
    with registry.cursor() as cr:
        return _member(_env(cr), partner).o2o_points


def rows_with(registry, keys):
    with registry.cursor() as cr:
        return _env(cr)["o2o.points.entry"].search_count([("key", "in", keys)])


def post_at_once(registry, partner, points, kind, keys, at):
    """Post from as many threads as there are keys, all at one moment.

    :param float at: when, by the clock
    :return: for each key the id of the row, "refused", or the error
    """
    results = [None] * len(keys)

    def post(number):
        try:
            with registry.cursor() as cr:
                env = _env(cr)

                def transaction():
                    cr.execute("SELECT 1")  # the snapshot is taken here
                    time.sleep(max(0, at - time.time()))
                    member = _member(env, partner)
                    return member._o2o_post_points(points, kind, keys[number]).id

                results[number] = retrying(transaction, env)
        except UserError:
            results[number] = "refused"
        except Exception as error:  # told to whoever asked
            results[number] = repr(error)

    threads = [threading.Thread(target=post, args=(n,)) for n in range(len(keys))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def _member(env, partner):
    return env["res.partner"].browse(partner).with_company(env.ref("base.main_company"))
