from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Old rows get their buckets, companies the rules for events."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["o2o.points.bucket"]._open_missing()
    env["res.company"]._o2o_all_companies()._o2o_create_event_rules()
