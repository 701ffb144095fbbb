from odoo import api, models


class PosSession(models.Model):
    _inherit = "pos.session"

    @api.model
    def _load_pos_data_models(self, config):
        models_ = super()._load_pos_data_models(config)
        # before the partners and programs that point at levels
        return ["o2o.level", *(name for name in models_ if name != "o2o.level")]


class O2oLevel(models.Model):
    _name = "o2o.level"
    _inherit = ["o2o.level", "pos.load.mixin"]

    @api.model
    def _load_pos_data_domain(self, data, config):
        return [("company_id", "=", config.company_id.id)]

    @api.model
    def _load_pos_data_fields(self, config):
        return ["name", "sequence", "color", "write_date"]


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.model
    def _load_pos_data_fields(self, config):
        return [*super()._load_pos_data_fields(config), "o2o_level_id"]
