from odoo import models
from odoo.fields import Domain


class ResPartner(models.Model):
    """Signatures and photos of a member go with the member."""

    _inherit = "res.partner"

    def _o2o_get_collections_sudo(self):
        # sudo: the member's own, in all companies
        return (
            self.env["o2o.collection"]
            .sudo()
            .search(Domain("order_id.partner_id", "child_of", self.id), order="id")
        )

    def _o2o_deletion_obstacles(self):
        """Who still has to pay at the door is known until then."""
        obstacles = super()._o2o_deletion_obstacles()
        for collection in self._o2o_get_collections_sudo():
            if collection.state == "to_collect":
                obstacles.append(
                    self.env._(
                        "Order %s is still to be paid at the door.",
                        collection.order_id.name,
                    )
                )
        return obstacles

    def _o2o_anonymise(self):
        """The sums stay, the faces and hands do not."""
        result = super()._o2o_anonymise()
        self._o2o_get_collections_sudo().write({"signature": False, "photo": False})
        return result
