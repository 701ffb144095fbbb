"""For the runner (``./o2o up``): called inside an Odoo shell of the demo database.

from odoo.addons.o2o_demo import runner
code = runner.pairing_code(env)
env.cr.commit()
"""

from .builder.common import Shop, read_json
from .builder.devices import ensure_box

#: the flagship store, which has two tills
FIRST_STORE = "NM"


def pairing_code(env, store_code=FIRST_STORE):
    """A fresh pairing code for the box of a store; valid ten minutes, used once.

    The box and its virtual printer are created when the store has none. The caller
    commits. Pairing a box that is paired already is possible: the old token stops
    working.

    :param str store_code: ``o2o.store`` code, see :func:`store_codes`
    :return: the code in clear text, which is stored nowhere
    """
    shop = Shop(env)
    store = shop.get(f"store_{store_code.lower()}")
    if not store:
        raise ValueError(f"no demo store has the code {store_code}")
    return ensure_box(shop, store)._create_pairing_code()


def store_codes():
    """Codes of the demo stores, the flagship first."""
    return [row["code"] for row in read_json("stores.json")["stores"]]


def till_id(env, store_code=FIRST_STORE, number=1):
    """Database id of a till, for addresses such as ``/pos/ui/<id>``."""
    return Shop(env).get(f"till_{store_code.lower()}_{number}").id
