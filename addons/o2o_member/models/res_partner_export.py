from odoo import models

_ADDRESS_FIELDS = ("name", "phone", "email", "street", "street2", "city", "zip")


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _o2o_export_tables(self):
        """All that is kept about this one member; other addons add their tables.

        :return: {name: list of flat dicts}
        """
        self.ensure_one()
        # sudo: members take their own data; the caller has checked who it is, and each
        # search is limited to this partner
        partner_sudo = self.sudo()
        own = [("partner_id", "=", self.id)]

        def read(model, names):
            rows = partner_sudo.env[model].search(own, order="id").read(names)
            return [
                {name: self._o2o_plain(row[name]) for name in names} for row in rows
            ]

        people_sudo = partner_sudo | partner_sudo.child_ids
        return {
            "profile": [
                {
                    "name": partner_sudo.name,
                    "phone": partner_sudo.phone or "",
                    "email": partner_sudo.email or "",
                    "birthday": partner_sudo.o2o_birthday or "",
                    "logins": " ".join(partner_sudo.user_ids.mapped("login")),
                }
            ],
            "addresses": [
                {name: person_sudo[name] or "" for name in _ADDRESS_FIELDS}
                for person_sudo in people_sudo
            ],
            "cards": read("o2o.card", ("number", "kind", "state", "activated_at")),
            "points": read(
                "o2o.points.entry",
                ("posted_at", "kind", "points", "balance_after", "reason"),
            ),
            "coupons": read(
                "o2o.coupon.exchange",
                ("create_date", "offer_id", "coupon_id", "points", "state"),
            ),
            "orders": read(
                "sale.order", ("name", "date_order", "state", "amount_total")
            ),
            "till_orders": read(
                "pos.order", ("name", "date_order", "state", "amount_total")
            ),
            "consents": read(
                "o2o.consent", ("given_at", "purpose", "is_granted", "version")
            ),
            "security": read(
                "o2o.security.event",
                ("happened_at", "kind", "detail", "address_masked"),
            ),
        }

    def _o2o_plain(self, value):
        if isinstance(value, tuple):  # a record as (id, name)
            return value[1]
        return value if value is not None else ""
