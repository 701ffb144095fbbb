from odoo import api, fields, models


class LoyaltyProgram(models.Model):
    """MEM-14: offers for members of some levels only."""

    _inherit = "loyalty.program"

    o2o_level_ids = fields.Many2many(
        "o2o.level",
        string="Member Levels",
        help="Only members of these levels can use this program. Empty: everybody.",
    )

    def _o2o_is_for(self, partner):
        """Whether a member may use this program, by the level of the current company.

        :param partner: the buyer, empty when unknown
        """
        self.ensure_one()
        # sudo: whether, not which
        levels_sudo = self.sudo().o2o_level_ids
        return not levels_sudo or partner._o2o_level() in levels_sudo

    def _o2o_refusal(self):
        self.ensure_one()
        return self.env._(
            "%(program)s is for these members only: %(levels)s.",
            program=self.name,
            levels=", ".join(self.sudo().o2o_level_ids.mapped("name")),
        )

    @api.model
    def _load_pos_data_fields(self, config):
        return [*super()._load_pos_data_fields(config), "o2o_level_ids"]

    def _o2o_gift_points(self):
        """Points for a coupon to be good for one reward."""
        return max(self.reward_ids.mapped("required_points"), default=1)
