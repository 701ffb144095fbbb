from odoo import api, models


class IrFilters(models.Model):
    _inherit = "ir.filters"

    @api.model
    def _o2o_name_templates(self):
        """Name shipped filters and templates in the language of the shop.

        Their names are not translatable, and English ones are of no use to a shop
        assistant. Names that a person has changed stay.
        """
        lang = self.env.company.partner_id.lang or self.env.user.lang
        shop = self.with_context(lang=lang)
        names = {
            "o2o_filter_to_ship_late": (
                "Waiting to ship for a day",
                shop.env._("Waiting to ship for a day"),
            ),
            "o2o_filter_today": ("Orders of today", shop.env._("Orders of today")),
            "o2o_filter_refunding": (
                "Money to give back",
                shop.env._("Money to give back"),
            ),
            "o2o_filter_problems": (
                "With an open problem",
                shop.env._("With an open problem"),
            ),
            "o2o_export_orders": (
                "Orders for Excel",
                shop.env._("Orders for Excel"),
            ),
        }
        for xml_id, (shipped, name) in names.items():
            record = self.env.ref(f"o2o_order.{xml_id}", raise_if_not_found=False)
            if record and record.name == shipped:
                record.name = name
