from odoo.addons.o2o_order.controllers.order_choice import O2oOrderChoiceController

from ..models.o2o_order_choice import STORE_KEY


class O2oPickupChoiceController(O2oOrderChoiceController):
    """The store cannot: the member chooses another one, delivery, or the money."""

    def _prepare_answer(self, choice_sudo, form):
        choice_sudo = super()._prepare_answer(choice_sudo, form)
        store_id = form.get("store_id") or ""
        if choice_sudo.kind != "store" or not store_id:
            return choice_sudo
        is_number = store_id.isascii() and store_id.isdigit() and len(store_id) < 10
        return choice_sudo.with_context(
            **{STORE_KEY: int(store_id) if is_number else 0}
        )

    def _get_template(self, choice_sudo):
        if choice_sudo.kind == "store":
            return "o2o_pickup.store_choice"
        return super()._get_template(choice_sudo)
