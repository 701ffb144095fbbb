"""The box of a store, with the virtual devices it brings along."""

from odoo.fields import Command


def build(shop):
    store = shop.stores[0]
    box = ensure_box(shop, store)
    till = shop.get(f"till_{store.code.lower()}_1")
    _build_drawer(box.printer_ids, till)
    _build_display(shop, box, till)
    _build_terminal(shop, store, box)


def _build_drawer(printer, till):
    """Drawer and buzzer hang on the printer, as they usually do."""
    if printer.drawer_pin == "none":
        printer.write(
            {
                "drawer_pin": "2",
                "drawer_signal": "high",
                "drawer_config_ids": [Command.link(till.id)],
                "buzzer": "order_slip",
            }
        )


def _build_display(shop, box, till):
    texts = shop.texts["box"]
    shop.ensure(
        "o2o.display",
        "display",
        {
            "name": texts["display"],
            "box_id": box.id,
            "config_id": till.id,
            "connection": "virtual",
            "welcome": texts["welcome"],
        },
    )


def _build_terminal(shop, store, box):
    """The first till of the store charges bank cards at the virtual terminal."""
    key = store.code.lower()
    if shop.get(f"terminal_{key}"):
        return
    till = shop.get(f"till_{key}_1")
    plain = shop.get("payment_card")
    method = shop.ensure(
        "pos.payment.method",
        "payment_terminal",
        {
            "name": plain.name,
            "journal_id": plain.journal_id.id,
            "company_id": shop.company.id,
            "payment_method_type": "terminal",
            "use_payment_terminal": "o2o_terminal",
        },
    )
    if not till.has_active_session:
        till.payment_method_ids = [
            Command.unlink(plain.id),
            Command.link(method.id),
        ]
    shop.ensure(
        "o2o.terminal",
        f"terminal_{key}",
        {
            "name": shop.texts["box"]["terminal"],
            "box_id": box.id,
            "config_id": till.id,
            "connection": "virtual",
            "pos_no": f"{store.code}01",
            "answer_seconds": 60,
        },
    )


def ensure_box(shop, store):
    """The box of a store, with one printer for all slips, beside the store's tills.

    :return: the ``o2o.box``
    """
    key = store.code.lower()
    texts = shop.texts["box"]
    box = shop.ensure(
        "o2o.box",
        f"box_{key}",
        {
            "name": texts["name"] % store.name,
            "store_id": store.id,
            "local_config_ids": [Command.set(store.pos_config_ids.ids)],
        },
    )
    shop.ensure(
        "o2o.printer",
        f"printer_{key}",
        {
            "name": texts["printer"],
            "box_id": box.id,
            "role": "all",
            "paper_width": "80",
            "connection": "virtual",
            "port": 1,
        },
    )
    return box
