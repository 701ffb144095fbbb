from odoo.http import Controller, content_disposition, request, route

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ShipFileController(Controller):
    @route("/o2o/order/to_ship.xlsx", type="http", auth="user", methods=["GET"])
    def o2o_to_ship(self):
        """ORD-11: what the user's stores have to ship, to be filled in."""
        wizard = request.env["o2o.ship.file"]
        # raises for people who handle no orders
        request.env["o2o.fulfillment"].check_access("read")
        return request.make_response(
            wizard._write_file(),
            headers=[
                ("Content-Type", _XLSX),
                ("Content-Disposition", content_disposition("to-ship.xlsx")),
                ("Cache-Control", "no-store"),
            ],
        )
