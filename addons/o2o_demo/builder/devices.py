"""The box of a store, with the virtual printer it brings along."""


def build(shop):
    ensure_box(shop, shop.stores[0])


def ensure_box(shop, store):
    """The box of a store, with one printer for all slips.

    :return: the ``o2o.box``
    """
    key = store.code.lower()
    texts = shop.texts["box"]
    box = shop.ensure(
        "o2o.box",
        f"box_{key}",
        {"name": texts["name"] % store.name, "store_id": store.id},
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
