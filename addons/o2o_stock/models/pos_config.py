from odoo import api, models


class PosConfig(models.Model):
    _inherit = "pos.config"

    @api.model_create_multi
    def create(self, vals_list):
        configs = super().create(vals_list)
        configs._o2o_drop_gapless_numbers()
        return configs

    def _o2o_drop_gapless_numbers(self):
        """Let several tills of one point of sale take numbers at the same time.

        Odoo numbers orders and their lines without gaps, which locks one row for the
        whole sale: the second till fails, sleeps for seconds and tries again. Numbers
        stay unique and rising; a sale that was rolled back may leave one out.
        """
        # sudo: sequences belong to the system; these are the till's own
        sequences_sudo = (
            self.sudo().order_seq_id
            | self.sudo().order_backend_seq_id
            | self.sudo().order_line_seq_id
            | self.sudo().device_seq_id
        )
        sequences_sudo.filtered(
            lambda sequence: sequence.implementation == "no_gap"
        ).implementation = "standard"
