import secrets

from odoo.tools import SQL

from .const import HASH_KEY_PARAMETER, WEBSITE_MENUS

#: what keeps logs append-only in the database
_GUARDS = (
    "o2o_card_event_guard",
    "o2o_consent_guard",
    "o2o_member_merge_guard",
    "o2o_points_entry_guard",
    "o2o_security_event_guard",
)


def post_init_hook(env):
    """Give this database its key, each company its program, each website its menus."""
    parameters = env["ir.config_parameter"].sudo()
    if not parameters.get_param(HASH_KEY_PARAMETER):
        parameters.set_param(HASH_KEY_PARAMETER, secrets.token_hex(32))
    for company in env["res.company"].with_context(active_test=False).search([]):
        company._o2o_points_program()
        company._o2o_create_event_rules()
    env["website"].search([])._o2o_ensure_menus()


def uninstall_hook(env):
    """Take back what was added to core records; cards and ledger go with the tables."""
    env["ir.config_parameter"].sudo().search(
        [("key", "=", HASH_KEY_PARAMETER)]
    ).unlink()
    env["website.menu"].search([("url", "=", "/o2o/member")]).unlink()
    _restore_shop_menus(env)
    env["loyalty.program"].with_context(active_test=False).search(
        [("o2o_is_member_points", "=", True)]
    ).active = False
    for name in _GUARDS:
        env.cr.execute(
            SQL("DROP FUNCTION IF EXISTS %s() CASCADE", SQL.identifier(name))
        )
    env.cr.execute(SQL("DROP FUNCTION IF EXISTS o2o_phone_key(text) CASCADE"))


def _restore_shop_menus(env):
    """Give core's shop menus the name back that they have on future websites."""
    menus = env["website.menu"].search([("url", "=", "/shop")])
    template = menus.filtered(lambda menu: not menu.website_id)[:1]
    our_name = {url: name for url, name, _sequence in WEBSITE_MENUS}["/shop"]
    for code, _name in env["res.lang"].get_installed():
        for menu in (menus - template).with_context(lang=code):
            if template and menu.name == our_name._translate(code):
                menu.name = template.with_context(lang=code).name
