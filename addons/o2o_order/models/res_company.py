from odoo import models


class ResCompany(models.Model):
    _inherit = "res.company"

    def _o2o_ensure_head_office(self):
        """The node that takes what no store can (ROUT-06); made when missing.

        :return: ``o2o.store`` record, elevated
        """
        self.ensure_one()
        stores_sudo = self.env["o2o.store"].sudo()  # routing runs for any member
        head_office = stores_sudo.search(
            [("company_id", "=", self.id), ("is_head_office", "=", True)], limit=1
        )
        if head_office:
            return head_office
        taken = stores_sudo.with_context(active_test=False).search(
            [("company_id", "=", self.id)]
        )
        warehouse = (
            self.env["stock.warehouse"]
            .sudo()
            .search(
                [
                    ("company_id", "=", self.id),
                    ("id", "not in", taken.warehouse_id.ids),
                ],
                limit=1,
            )
        )
        if not warehouse:
            return head_office
        head_office = stores_sudo.create(
            {
                "name": "Head office",
                "code": "HQ",
                "company_id": self.id,
                "warehouse_id": warehouse.id,
                "is_head_office": True,
            }
        )
        for lang, _name in self.env["res.lang"].get_installed():
            translated = head_office.with_context(lang=lang)
            translated.name = translated.env._("Head office")
        return head_office
