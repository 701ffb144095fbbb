from odoo import fields, models


class O2oBox(models.Model):
    """The displays of a box."""

    _inherit = "o2o.box"

    display_ids = fields.One2many("o2o.display", "box_id")

    def _sync(self, data):
        displays = {display.id: display for display in self.display_ids}
        for report in self._get_items(data, "displays"):
            display_id = report.get("id")
            if not isinstance(display_id, int) or display_id not in displays:
                continue
            display = displays[display_id]
            is_connected = report.get("is_online") is True
            if display.is_connected != is_connected:
                display.is_connected = is_connected
        answer = super()._sync(data)
        answer["displays"] = [it._prepare_box_dict() for it in displays.values()]
        return answer
