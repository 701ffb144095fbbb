from odoo import fields, models


def _keep(_events):
    """A log keeps its rows, also when the addon goes that wrote them."""


_KINDS = [
    ("wallet_pin", "Payment PIN set"),
    ("wallet_pin_locked", "Payment PIN locked after wrong tries"),
    ("wallet_frozen", "Wallet frozen"),
    ("wallet_unfrozen", "Wallet in use again"),
]


class O2oSecurityEvent(models.Model):
    _inherit = "o2o.security.event"

    kind = fields.Selection(
        selection_add=_KINDS, ondelete={kind: _keep for kind, _label in _KINDS}
    )
