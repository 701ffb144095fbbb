import json
from unittest.mock import patch
from uuid import uuid4

from odoo import fields
from odoo.tests import new_test_user

from odoo.addons.o2o_order.tests.common import O2oOrderCase

#: a picture of one pixel, base64
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)


class DoorCase(O2oOrderCase):
    """Orders that are paid at the door, and who goes there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company._o2o_door_setup()
        cls.company.o2o_door_proof_required = False
        cls.collections = cls.env["o2o.collection"]
        cls.handovers = cls.env["o2o.collection.handover"]
        cls.courier = new_test_user(
            cls.env,
            "o2o_courier",
            groups="o2o_collection.o2o_collection_group_courier",
            name="Courier One",
        )
        cls.near.user_ids |= cls.courier

    def _ship(self, *args, courier=None, **kwargs):
        """An order on its way to the door; its collection, with the courier."""
        fulfillment = self._place(*args, **kwargs)
        return self._ship_part(fulfillment, courier)

    def _ship_part(self, fulfillment, courier=None):
        fulfillment._mark_accepted()
        fulfillment._mark_shipped()
        collection = fulfillment._get_collection()
        if collection:
            collection._assign(self.courier if courier is None else courier)
        return collection

    def _press(self, collection, action, key=None, user=None, **values):
        """Press a button of the page, as the courier would; what the page gets."""
        values.setdefault("open_fen", collection.open_fen)
        answer = (
            self.env["o2o.collection"]
            .with_user(user or self.courier)
            ._door_act(collection.id, action, values, key or str(uuid4()))
        )
        # Odoo's own answer to the page writes records as texts, which are true
        return json.loads(json.dumps(answer))

    def _take(self, collection, action, **values):
        """The same, and it goes well."""
        answer = self._press(collection, action, **values)
        self.assertEqual(answer["status"], "ok", answer)
        return answer

    def _collect(self, collection):
        """All in cash, and the goods are handed over."""
        self._take(collection, "cash", received_fen=collection.open_fen)
        self._take(collection, "finish")
        return collection

    def _post_process(self, collection):
        """What Odoo's job does with the payments of the order."""
        transactions = collection.order_id.transaction_ids
        transactions.filtered(lambda tx: not tx.is_post_processed)._post_process()

    def _at(self, moment):
        """Odoo's time stands at a moment."""
        return patch.object(fields.Datetime, "now", staticmethod(lambda: moment))
