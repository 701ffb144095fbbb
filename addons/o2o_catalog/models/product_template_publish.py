from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

#: products that a message names; the others are counted
NAMED = 5


class ProductTemplate(models.Model):
    """Many products into the shop, or out of it (PROD-02, PROD-03).

    What customers could not judge or buy stays out: no price, or no picture.
    """

    _inherit = "product.template"

    o2o_is_complete = fields.Boolean(
        string="Ready for the shop",
        compute="_compute_o2o_is_complete",
        search="_search_o2o_is_complete",
        help="Has a price and a picture; others are not published from the list",
    )

    @api.depends("list_price", "image_1920")
    def _compute_o2o_is_complete(self):
        complete = self.filtered_domain(self._o2o_get_complete_domain())
        for template in self:
            template.o2o_is_complete = template in complete

    def _search_o2o_is_complete(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._o2o_get_complete_domain()
        return domain if True in value else ~domain

    def _o2o_get_complete_domain(self):
        """What a product needs before it may be published; hook."""
        return Domain("list_price", ">", 0) & Domain("image_1920", "!=", False)

    # === ACTIONS === #

    def action_o2o_publish(self):
        """Publish what is ready, and name what is not (PROD-03)."""
        ready = self.filtered("o2o_is_complete")
        left_out = self - ready
        if left_out and not ready:
            raise UserError(
                self.env._(
                    "Nothing was published: a product needs a price and a picture"
                    " first.\n%s",
                    self._o2o_name_some(left_out),
                )
            )
        ready.is_published = True
        if not left_out:
            return self._o2o_say(self.env._("%s products published", len(ready)))
        return self._o2o_say(
            self.env._(
                "%(count)s products published. Left out, because the price or the"
                " picture is missing: %(names)s",
                count=len(ready),
                names=self._o2o_name_some(left_out),
            ),
            kind="warning",
        )

    def action_o2o_unpublish(self):
        """Take products out of the shop (PROD-03)."""
        self.is_published = False
        return self._o2o_say(self.env._("%s products taken out of the shop", len(self)))

    def _o2o_name_some(self, templates):
        names = ", ".join(templates[:NAMED].mapped("display_name"))
        more = len(templates) - NAMED
        if more <= 0:
            return names
        return self.env._("%(names)s and %(count)s more", names=names, count=more)

    def _o2o_say(self, message, kind="success"):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": kind,
                "sticky": kind == "warning",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
