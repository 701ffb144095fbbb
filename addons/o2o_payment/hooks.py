from odoo.addons.payment import reset_payment_provider, setup_provider

from .const import GATEWAYS


def post_init_hook(env):
    """A provider of each gateway for each company."""
    for code in GATEWAYS:
        setup_provider(env, code)


def uninstall_hook(env):
    """The providers stay as rows without code and without credentials."""
    for code in GATEWAYS:
        reset_payment_provider(env, code)
