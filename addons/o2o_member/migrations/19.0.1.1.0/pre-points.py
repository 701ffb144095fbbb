from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column


def migrate(cr, version):
    """Rows of the ledger keep their own time: what they had so far is create_date."""
    if column_exists(cr, "o2o_points_entry", "posted_at"):
        return
    create_column(cr, "o2o_points_entry", "posted_at", "timestamp")
    cr.execute(SQL("UPDATE o2o_points_entry SET posted_at = create_date"))
