"""The shop's books after the benchmark of payments under fire: what it knows of each
payment, and counts of what is wrong."""

from odoo import SUPERUSER_ID, api


def _env(cr):
    return api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})


def payment_books(registry):
    """All attempts to be paid, with what was paid and given back, in fen.

    :return: list of dicts, the fields of ``benchmarks.lib.payment_books.Known``
    """
    with registry.cursor() as cr:
        env = _env(cr)
        found = []
        for intent in env["o2o.payment.intent"].search([]):
            transaction = intent.transaction_id
            order = transaction.sale_order_ids
            if order:
                purpose, price = f"order/{order.id}", order.amount_total
            elif transaction:
                purpose = f"transaction/{transaction.id}"
                price = transaction.amount
            else:
                purpose, price = f"line/{intent.payment_uuid}", intent.amount
            done = intent.refund_ids.filtered(lambda it: it.state == "done")
            found.append(
                {
                    "out_no": intent.out_no,
                    "purpose": purpose,
                    "price_fen": round(price * 100),
                    "paid_fen": intent.paid_fen if intent.state == "paid" else 0,
                    "refunded_fen": sum(done.mapped("amount_fen")),
                    # what was given back of a surplus is none of the price
                    "asked_back_fen": round(
                        sum(done.transaction_id.mapped("o2o_gift_amount")) * 100
                    ),
                    "owed_fen": round(
                        sum(
                            transaction.o2o_refund_ids.filtered(
                                lambda it: it.state not in ("done", "waiting")
                            ).mapped("amount")
                        )
                        * 100
                    ),
                    "is_back_held": any(
                        row.kind == "refund_abnormal" and row.state == "open"
                        for row in intent.quarantine_ids
                    ),
                    "is_sold": not order or order.state == "sale",
                    "transaction_id": transaction.id or 0,
                    "is_held": intent.state == "held"
                    or bool(
                        intent.refund_ids.filtered(lambda it: it.state == "abnormal")
                    ),
                }
            )
        return found


def describe(registry, what):
    """What the shop knows of a payment, or of all payments of an order.

    :param what: its number, or ``order/<id>``, ``transaction/<id>``, ``line/<uuid>``
    :return: a list per payment: number, state, fen, refunds, kinds of what is held
    """
    kind, _slash, key = what.partition("/")
    fields_of = {
        "order": ("transaction_id.sale_order_ids", int),
        "transaction": ("transaction_id", int),
        "line": ("payment_uuid", str),
    }
    field, read = fields_of.get(kind, ("out_no", str))
    with registry.cursor() as cr:
        found = _env(cr)["o2o.payment.intent"].search([(field, "=", read(key or what))])
        return [
            [
                it.out_no,
                it.state,
                it.paid_fen,
                [[row.state, row.amount_fen, row.failure] for row in it.refund_ids],
                it.quarantine_ids.mapped("kind"),
            ]
            for it in found
        ]


def shop_books(registry):
    """What has to be right beyond the payments themselves.

    :return: dict: what is looked at, to a list of what is wrong, told row by row
    """
    with registry.cursor() as cr:
        return {
            name: [_tell(record) for record in found]
            for name, found in _find_wrong(_env(cr)).items()
        }


def _find_wrong(env):
    """:return: dict: what is looked at, to the records that are wrong"""
    transactions = env["payment.transaction"].search([])
    gateway = transactions.filtered(lambda tx: tx.o2o_intent_ids)
    refunds = transactions.filtered(lambda tx: tx.o2o_refund_row_ids)
    orders = env["sale.order"].search([("transaction_ids", "!=", False)])
    wallet = transactions.filtered(lambda tx: tx.provider_code == "o2o_wallet")
    done = transactions.filtered(lambda tx: tx.state == "done" and tx.amount)
    topups = env["o2o.wallet.topup"].search([])
    intents = env["o2o.payment.intent"].search([])
    return {
        "transactions unlike their attempt": gateway.filtered(
            lambda tx: (
                (tx.state == "done") != (tx.o2o_intent_ids.state == "paid")
                or (
                    tx.state == "done"
                    and round(tx.amount * 100) != tx.o2o_intent_ids.paid_fen
                )
            )
        ),
        "refunds unlike their row": refunds.filtered(
            lambda tx: (
                (tx.state == "done") != (tx.o2o_refund_row_ids.state == "done")
                or round(-tx.amount * 100) != tx.o2o_refund_row_ids.amount_fen
            )
        ),
        "promised unlike given back": intents.filtered(
            lambda it: (
                it.reserved_fen
                != sum(
                    it.refund_ids.filtered(
                        lambda refund: refund.state in ("done", "abnormal")
                    ).mapped("amount_fen")
                )
            )
        ),
        "paid orders unconfirmed": orders.filtered(
            lambda order: order.state != "sale" and _get_kept(order) > 0
        ),
        "confirmed orders unpaid": orders.filtered(
            lambda order: (
                order.state == "sale" and _get_paid(order) < order.amount_total - 0.005
            )
        ),
        "confirmed orders that owe after refunds": orders.filtered(
            lambda order: order.state == "sale" and order._o2o_get_surplus() < 0
        ),
        "payments unlike their booking": done.filtered(
            lambda tx: (
                len(tx.payment_id) != 1
                or tx.payment_id.state not in ("in_process", "paid")
                or round(tx.payment_id.amount * 100) != round(abs(tx.amount) * 100)
            )
        ),
        "bookings twice": _find_second_bookings(env),
        "wallets unlike their rows": env["o2o.wallet"].browse(
            [row[0] for row in env["o2o.wallet.entry"]._find_wrong_wallets()]
        ),
        "wallet payments unlike their row": wallet.filtered(
            lambda tx: (
                (tx.state == "done") != bool(tx._o2o_wallet_entries())
                or (
                    tx.state == "done"
                    and round(_get_moved(tx) * 100) != round(abs(tx.amount) * 100)
                )
            )
        ),
        "top-ups unlike their payment": topups.filtered(
            lambda topup: (
                (topup.state in ("done", "refunded", "problem"))
                != bool(
                    topup.transaction_ids.filtered(
                        lambda tx: tx.state == "done" and tx.operation != "refund"
                    )
                )
            )
        ),
        "top-ups unlike what came into the wallet": topups.filtered(
            lambda topup: (
                topup.transaction_id
                and topup.state in ("done", "refunded")
                and (
                    len(topup.entry_id) != 1
                    or topup.transaction_id.state != "done"
                    or round(topup.entry_id.principal * 100)
                    != round(topup.transaction_id.amount * 100)
                )
            )
        ),
        "wallet money held": env["o2o.wallet.hold"].search([("state", "=", "active")]),
        "sales of a till without their money": _find_uncovered_sales(env),
    }


def _tell(record):
    """What a person needs to find out why a row is wrong: the shop is gone by then."""
    told = [f"{record}", record.display_name]
    if record._name == "sale.order":
        told += [record.state, record.amount_total, f"{record.write_date}"]
        told.append(f"surplus {record._o2o_get_surplus()}")
        told += [
            f"refund {row.state} {row.reason} {row.amount} of {row.create_date}"
            for row in record.o2o_refund_ids
        ]
    if "transaction_ids" in record._fields:
        payments = record.transaction_ids
        told += [_tell_payment(tx) for tx in payments | payments.child_transaction_ids]
    elif record._name == "payment.transaction":
        told += [_tell_payment(tx) for tx in record | record.child_transaction_ids]
    return " · ".join(map(str, told))


def _tell_payment(transaction):
    rows = transaction.o2o_refund_row_ids
    return (
        f"{transaction.reference} {transaction.operation} {transaction.state}"
        f" {transaction.amount} of {transaction.create_date},"
        f" last {transaction.last_state_change},"
        f" attempt {transaction.o2o_intent_ids.mapped('state')},"
        f" refund {rows.mapped('state')} {rows.mapped('failure')},"
        f" booked {transaction.payment_id.mapped('state')}"
    )


def _get_paid(order):
    return sum(
        order.transaction_ids.filtered(
            lambda tx: tx.state == "done" and tx.operation != "refund"
        ).mapped("amount")
    )


def _get_moved(transaction):
    """What the rows of a wallet moved for a transaction."""
    return abs(sum(transaction._o2o_wallet_entries().mapped("amount")))


def _get_kept(order):
    """What of an order's payments nobody has given back."""
    payments_ = order.transaction_ids.filtered(
        lambda tx: tx.state == "done" and tx.operation != "refund"
    )
    back = payments_.child_transaction_ids.filtered(
        lambda tx: tx.operation == "refund" and tx.state == "done"
    )
    return round(sum(payments_.mapped("amount")) + sum(back.mapped("amount")), 2)


def _find_second_bookings(env):
    """:return: bookings of a payment that has one already"""
    booked = env["account.payment"].search(
        [("payment_transaction_id", "!=", False)], order="id"
    )
    first = {}
    for booking in booked:
        first.setdefault(booking.payment_transaction_id, booking)
    return booked - booked.browse([booking.id for booking in first.values()])


def _find_uncovered_sales(env):
    method = env["pos.payment.method"].search(
        [("use_payment_terminal", "=", "o2o_code")]
    )
    sold = env["pos.payment"].search([("payment_method_id", "in", method.ids)])
    covered = (
        env["o2o.payment.intent"].search([("pos_payment_id", "!=", False)])
    ).pos_payment_id
    return sold - covered


def chaos_counts(registry):
    """How much was done, for the report, and what a person has to decide."""
    with registry.cursor() as cr:
        env = _env(cr)
        states = env["o2o.payment.intent"]._read_group([], ["state"], ["__count"])
        kinds = env["o2o.payment.quarantine"]._read_group([], ["kind"], ["__count"])
        wallet = env["payment.transaction"].search_count(
            [("provider_code", "=", "o2o_wallet"), ("state", "=", "done")]
        )
        return {
            "states": dict(states),
            "held": dict(kinds),
            "wallet": wallet,
            "topups": env["o2o.wallet.topup"].search_count([("state", "!=", "draft")]),
            "refunds": dict(
                env["o2o.payment.refund"]._read_group([], ["state"], ["__count"])
            ),
            "refunds of orders": dict(
                env["o2o.refund"]._read_group([], ["state"], ["__count"])
            ),
            "orders": dict(
                env["sale.order"]._read_group(
                    [("transaction_ids", "!=", False)], ["state"], ["__count"]
                )
            ),
        }
