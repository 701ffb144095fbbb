from odoo.addons.payment import reset_payment_provider, setup_provider

from .const import PROVIDER


def post_init_hook(env):
    setup_provider(env, PROVIDER)
    env["res.company"].search([])._o2o_wallet_setup()


def uninstall_hook(env):
    reset_payment_provider(env, PROVIDER)
