from odoo import api, models


class PosSession(models.Model):
    _inherit = "pos.session"

    @api.model
    def _load_pos_data_models(self, config):
        models_ = super()._load_pos_data_models(config)
        # before the partners and programs that point at levels
        return ["o2o.level", *(name for name in models_ if name != "o2o.level")]
