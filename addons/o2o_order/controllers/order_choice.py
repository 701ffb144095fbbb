from odoo.exceptions import UserError
from odoo.http import Controller, request, route


class O2oOrderChoiceController(Controller):
    """Something of an order is missing: the customer says what then (idea 9).

    The token in the link is the right to see and answer; no login is needed.
    """

    @route(
        "/o2o/order/choice/<string:token>",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
        sitemap=False,
    )
    def o2o_order_choice(self, token, **_query):
        choice_sudo = request.env["o2o.order.choice"]._find(token)
        if not choice_sudo:
            return request.not_found()
        return self._render(choice_sudo)

    @route(
        "/o2o/order/choice/<string:token>",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
        sitemap=False,
    )
    def o2o_order_choice_answer(self, token, answer="", keep="", **form):
        """Pressing twice is harmless; what counts is what came first."""
        choice_sudo = request.env["o2o.order.choice"]._find(token)
        if not choice_sudo:
            return request.not_found()
        error = ""
        try:
            with request.env.cr.savepoint():
                self._prepare_answer(choice_sudo, form)._answer(answer, "customer")
        except UserError as refusal:
            choice_sudo.invalidate_recordset()
            error = str(refusal)
        else:
            self._keep_default(choice_sudo, answer, keep)
        return self._render(choice_sudo, error)

    def _prepare_answer(self, choice_sudo, form):
        """Hook: what an answer needs besides its name, in the context of the choice."""
        return choice_sudo

    def _keep_default(self, choice_sudo, answer, keep):
        """Only the member, logged in, changes what happens to the next order."""
        partner = request.env.user.partner_id
        is_member = partner == choice_sudo.order_id.partner_id
        if keep and is_member and choice_sudo.answer == answer:
            # sudo: the own preference
            partner.sudo().o2o_choice_default = answer

    def _get_template(self, choice_sudo):
        """Hook: another question has another page."""
        return "o2o_order.order_choice"

    def _render(self, choice_sudo, error=""):
        response = request.render(
            self._get_template(choice_sudo),
            {
                "choice": choice_sudo,
                "order": choice_sudo.order_id,
                "options": choice_sudo._get_options()
                if choice_sudo.state == "open"
                else [],
                "is_member": request.env.user.partner_id
                == choice_sudo.order_id.partner_id,
                "error": error,
                "no_header": False,
            },
        )
        # the link is a key: it must not travel to other sites
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response
