from odoo import http
from odoo.http import request

from ..clouds.star import MAX_POLL, MEDIA_TYPE


class CloudPrntController(http.Controller):
    """Star CloudPRNT: one address, three verbs, a password for each printer (POS-05).

    What the printer sends is bounded and read with suspicion; how often it may ask is
    bounded before the database is touched.
    """

    @http.route(
        "/o2o/cloudprnt/1",
        type="http",
        auth="o2o_cloudprnt",
        methods=["GET", "POST", "DELETE"],
        csrf=False,
        save_session=False,
        max_content_length=MAX_POLL,
    )
    def cloudprnt(self, **_query):
        # the query itself: names may come twice, and a body must not add any
        query = request.httprequest.args
        printer_sudo = self._get_printer_sudo()
        method = request.httprequest.method
        if method == "GET":
            data, status = printer_sudo._fetch_cloudprnt(
                query.get("token", ""), query.get("type", "")
            )
            headers = {"Content-Type": MEDIA_TYPE, "X-Star-Cut": "partial; feed=true"}
            return self._answer(data or b"", status, headers if data else {})
        if method == "DELETE":
            status = printer_sudo._confirm_cloudprnt(
                query.get("token", ""), query.get("code", "")
            )
            return self._answer(b"", status)
        data = self._read_json()
        if data is None:
            return self._answer(b"", 400)
        answer, status = printer_sudo._poll_cloudprnt(data)
        return request.make_json_response(
            answer, headers={"Cache-Control": "no-store"}, status=status
        )

    def _get_printer_sudo(self):
        # sudo: `auth="o2o_cloudprnt"` has verified the password of exactly this one
        printer_id = request.env.context["o2o_cloudprnt"]
        return request.env["o2o.printer"].sudo().browse(printer_id)

    def _read_json(self):
        """The JSON object of the request, ``None`` when it is anything else."""
        if len(request.httprequest.get_data(cache=True)) > MAX_POLL:
            return None
        try:
            data = request.get_json_data()
        except (ValueError, RecursionError):
            return None
        return data if isinstance(data, dict) else None

    def _answer(self, body, status, headers=()):
        response = request.make_response(body, dict(headers), status=status)
        response.headers["Cache-Control"] = "no-store"
        return response
