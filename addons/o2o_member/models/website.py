from odoo import api, models

from ..const import WEBSITE_MENUS


class Website(models.Model):
    _inherit = "website"

    @api.model_create_multi
    def create(self, vals_list):
        websites = super().create(vals_list)
        websites._o2o_ensure_menus()
        return websites

    def _o2o_ensure_menus(self):
        """Give each website its "Member center" and "Buy online" menus, once.

        The shop menu of website_sale is renamed as long as it bears core's name: two
        menus to the same page would only confuse.
        """
        # sudo: a website may be created by someone who cannot edit menus
        menus_sudo = self.env["website.menu"].sudo().with_context(lang="en_US")
        for website in self:
            for url, name, sequence in WEBSITE_MENUS:
                menu_sudo = menus_sudo.search(
                    [("website_id", "=", website.id), ("url", "=", url)], limit=1
                )
                if menu_sudo and (url != "/shop" or menu_sudo.name != "Shop"):
                    continue
                if not menu_sudo:
                    menu_sudo = menus_sudo.create(
                        {
                            "name": name._translate("en_US"),
                            "url": url,
                            "website_id": website.id,
                            "parent_id": website.menu_id.id,
                            "sequence": sequence,
                        }
                    )
                for code, _name in self.env["res.lang"].get_installed():
                    menu_sudo.with_context(lang=code).name = name._translate(code)
