import logging

from odoo import http
from odoo.http import request

from ..const import EVENT_MAX_BYTES, PAIR_MAX_BYTES, SYNC_MAX_BYTES

_logger = logging.getLogger(__name__)


class BoxController(http.Controller):
    """The calls of a box; JSON in, JSON out, real HTTP status codes."""

    @http.route(
        "/o2o/box/1/pair",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
        max_content_length=PAIR_MAX_BYTES,
    )
    def pair(self):
        """Exchange a pairing code for a token. Attempts are limited by design."""
        data = self._read_json(PAIR_MAX_BYTES)
        if data is None:
            return self._answer({"error": "bad_request"}, 400)
        # sudo: a box has no user; the code it brings is the check
        answer, status = (
            request.env["o2o.box"]
            .sudo()
            ._pair(data, request.httprequest.remote_addr or "")
        )
        return self._answer(answer, status)

    @http.route(
        "/o2o/box/1/sync",
        type="http",
        auth="o2o_box",
        methods=["POST"],
        csrf=False,
        save_session=False,
        max_content_length=SYNC_MAX_BYTES,
    )
    def sync(self):
        """Take the box's news, hand over its jobs. Safe to repeat."""
        data = self._read_json(SYNC_MAX_BYTES)
        if data is None:
            return self._answer({"error": "bad_request"}, 400)
        return self._answer(self._get_box_sudo()._sync(data))

    @http.route(
        "/o2o/box/1/event",
        type="http",
        auth="o2o_box",
        methods=["POST"],
        csrf=False,
        save_session=False,
        max_content_length=EVENT_MAX_BYTES,
    )
    def event(self):
        """Take what a reader read to its till. Safe to repeat (POS-14)."""
        data = self._read_json(EVENT_MAX_BYTES)
        if data is None:
            return self._answer({"error": "bad_request"}, 400)
        return self._answer(*self._get_box_sudo()._take_event(data))

    def _get_box_sudo(self):
        # sudo: `auth="o2o_box"` has verified the token of exactly this box
        return request.env["o2o.box"].sudo().browse(request.env.context["o2o_box"])

    def _read_json(self, limit):
        """The JSON object of the request, ``None`` when it is anything else."""
        body = request.httprequest.get_data(cache=True)
        if len(body) > limit:
            return None
        try:
            data = request.get_json_data()
        except ValueError:
            return None
        return data if isinstance(data, dict) else None

    def _answer(self, data, status=200):
        return request.make_json_response(
            data, headers={"Cache-Control": "no-store"}, status=status
        )
