from odoo.http import Controller, request, route


class LevelController(Controller):
    @route("/o2o/member/level", type="http", auth="user", website=True, sitemap=False)
    def member_level(self, **_kwargs):
        """MEM-06: the level, what it gives, and how the others are reached."""
        partner = self._partner()
        return request.render(
            "o2o_member.member_level",
            {
                "partner": partner,
                "progress": partner._o2o_level_progress(),
                "levels": partner.env.company._o2o_levels(),
            },
        )

    @route(
        "/o2o/member/winery_contact",
        type="jsonrpc",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def winery_contact(self, product_id):
        """MEM-09: the contact of a winery, for members of the level it needs."""
        if not isinstance(product_id, int):
            return {"contact": False}
        # what the visitor cannot see in the shop does not exist here either
        product = request.env["product.template"].search(
            [("id", "=", product_id), *request.website.sale_product_domain()], limit=1
        )
        if not product:
            return {"contact": False}
        contact = product._o2o_gate_open("o2o_winery_contact", self._partner())
        return {"contact": contact or False}

    def _partner(self):
        return request.env.user.partner_id.with_company(request.website.company_id)
