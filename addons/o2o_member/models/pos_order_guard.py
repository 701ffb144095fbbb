from odoo import api, models

#: context key: these payments come with their sale. The value is this very object,
#: which no request can send.
_KEY = "o2o_new_sale"
_NEW_SALE = object()


def is_new_sale(env):
    """Whether a sale is being created, with its payments, by ``pos.order.create``."""
    return env.context.get(_KEY) is _NEW_SALE


class PosOrder(models.Model):
    """A sale that a till sends as paid brings its payments."""

    _inherit = "pos.order"

    @api.model_create_multi
    def create(self, vals_list):
        orders = super(PosOrder, self.with_context(**{_KEY: _NEW_SALE})).create(
            vals_list
        )
        return orders.with_env(self.env)
