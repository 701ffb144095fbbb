"""A few orders in each state, made the way members and stores make them."""

import json

from odoo.fields import Command

from .common import read_base64, read_json


def build(shop):
    for row in read_json("orders.json"):
        if not shop.get(f"order_{row['code']}"):
            _build_order(shop, row)


def _build_order(shop, row):
    order = _fill_cart(shop, row)
    _choose_delivery(shop, order, row)
    _choose_payment(shop, order)
    # what the payment post-processing does, without sending letters
    _as_member(order).action_confirm()
    shop.name(order, f"order_{row['code']}")
    for step in row["steps"]:
        _take_step(shop, order, step, row)


def _fill_cart(shop, row):
    member = shop.get(f"member_{row['member']}")
    order = shop.env["sale.order"].create(
        {
            "partner_id": member.id,
            "website_id": shop.website.id,
            "company_id": shop.company.id,
            "team_id": shop.website.salesteam_id.id,
            "user_id": shop.website.salesperson_id.id,
            "o2o_note": row.get("note", False),
        }
    )
    for code, quantity in row["lines"].items():
        product = shop.get(f"product_{code.lower()}")
        order._cart_add(product.id, quantity)
    return order


def _choose_delivery(shop, order, row):
    carrier = shop.get(f"carrier_{row['kind']}")
    order._set_delivery_method(carrier)
    if row["kind"] == "pickup":
        warehouse = shop.get(f"warehouse_{row['store'].lower()}")
        order._set_pickup_location(
            json.dumps(warehouse._prepare_pickup_location_data())
        )


def _choose_payment(shop, order):
    mode = "on_site" if order._o2o_is_pickup() else "cash_on_delivery"
    provider = shop.env["payment.provider"].search(
        [("custom_mode", "=", mode), ("company_id", "=", shop.company.id)], limit=1
    )
    transaction = shop.env["payment.transaction"].create(
        {
            "provider_id": provider.id,
            "payment_method_id": provider.payment_method_ids[:1].id,
            "amount": order.amount_total,
            "currency_id": order.currency_id.id,
            "partner_id": order.partner_id.id,
            "operation": "online_redirect",
            "sale_order_ids": [Command.set(order.ids)],
            "reference": f"{order.name}-1",
        }
    )
    transaction._set_pending()
    # the order is confirmed by the builder: no letter to a made-up address
    transaction.is_post_processed = True


def _take_step(shop, order, step, row):
    fulfillment = order.o2o_fulfillment_ids[:1]
    if step == "cancel":
        order._action_cancel()
    elif step == "collect":
        _collect_at_door(fulfillment)
    elif step == "receive":
        # the member's own confirmation on the order page
        _as_member(fulfillment)._mark_received()
    elif step == "complete":
        # what the timer does when the after-sales period is over
        fulfillment._mark_completed()
    elif fulfillment.store_id.is_head_office:
        _act_in_head_office(fulfillment, step)
    else:
        _act_at_till(shop, fulfillment, step, row)


def _collect_at_door(fulfillment):
    """The courier takes cash and lets the member sign."""
    collection = fulfillment._get_collection()
    if not collection:
        return
    collection = collection.with_user(collection.courier_id).sudo()
    payment = collection._take_cash(
        collection.due_fen, f"demo-collection-{collection.id}"
    )
    # the books without the letter that goes with them, to a made-up address
    payment.transaction_id.is_post_processed = True
    payment.transaction_id._create_payment()
    collection._finish(signature=read_base64("static/description/icon.png").decode())


def _as_member(record):
    """The record as the website handles it for the member, elevated.

    A member without a login ordered by telephone: the system acts.
    """
    user = record.partner_id.user_ids[:1]
    return record.with_user(user).sudo() if user else record


def _act_in_head_office(fulfillment, step):
    user = fulfillment.store_id.user_ids[:1]
    method = {"accept": "action_accept", "ready": "action_ready", "ship": "action_ship"}
    getattr(fulfillment.with_user(user), method[step])()


def _act_at_till(shop, fulfillment, step, row):
    """Press the button at the till, as the cashier of the store does."""
    values = {}
    if step == "ship":
        values["tracking_ref"] = row.get("tracking", "")
    if step == "reject":
        reason = shop.env.ref(f"o2o_order.o2o_reject_reason_{row['reason']}")
        values.update(reason_id=reason.id, note=row["reason_note"])
    if step == "ready":
        values["place"] = row.get("place", "")
    if step == "hand_over":
        # what the member shows at the counter
        values["code"] = fulfillment.pickup_code
    store = fulfillment.store_id
    answer = (
        shop.env["o2o.fulfillment"]
        .with_user(store.user_ids[:1])
        .pos_act(store.pos_config_ids[:1].id, fulfillment.id, step, values)
    )
    if answer["status"] != "ok":
        raise ValueError(
            f"{row['code']}: {step} -> {answer['status']} {answer['message']}"
        )
