from odoo.http import Controller, content_disposition, request, route

from ..lib.card_result import write_result

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class CardImportController(Controller):
    @route(
        "/o2o/card_import/<int:import_id>/result",
        type="http",
        auth="user",
        readonly=True,
    )
    def card_import_result(self, import_id, **_kwargs):
        """CARD-01: the bad rows of a check, all of them, without any code."""
        wizard = request.env["o2o.card.import"].search(
            [("id", "=", import_id), ("create_uid", "=", request.env.uid)]
        )
        if not wizard:
            raise request.not_found()
        env = request.env
        content = write_result(
            wizard._get_problems(),
            [
                (env._("File"), wizard.file_name or ""),
                (env._("Rows"), wizard.row_count),
                (env._("Cards to Import"), wizard.valid_count),
                (env._("Bad Rows"), wizard.problem_count),
                (env._("Already in the Base"), wizard.known_count),
            ],
            {
                "problems": env._("Bad Rows"),
                "summary": env._("Summary"),
                "columns": (
                    env._("Row in File"),
                    env._("Card Number"),
                    env._("Problem"),
                ),
            },
        )
        return request.make_response(
            content,
            headers=[
                ("Content-Type", _XLSX),
                ("Content-Disposition", content_disposition("card-check.xlsx")),
                ("Cache-Control", "no-store"),
            ],
        )
