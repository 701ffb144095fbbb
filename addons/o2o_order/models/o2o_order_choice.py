from secrets import token_urlsafe

from odoo import api, fields, models
from odoo.exceptions import UserError

ANSWERS = [
    ("part", "Take what is there, pay back the rest"),
    ("wait", "Wait until everything is there"),
    ("other_store", "Another store sends the rest"),
    ("substitute", "Take something else instead"),
]


class O2oOrderChoice(models.Model):
    """Something is missing: what does the customer want? (idea 9)

    The store accepted what it has. The customer answers on a page of its own, with or
    without a login; silence is an answer too, from the timer ``choice``.
    """

    _name = "o2o.order.choice"
    _description = "Choice of a customer"
    _order = "id desc"
    _rec_name = "order_id"

    fulfillment_id = fields.Many2one(
        "o2o.fulfillment", required=True, readonly=True, index=True, ondelete="cascade"
    )
    order_id = fields.Many2one(related="fulfillment_id.order_id", store=True)
    company_id = fields.Many2one(
        related="fulfillment_id.company_id", store=True, index=True
    )
    store_id = fields.Many2one("o2o.store", required=True, readonly=True)
    # whoever holds the link may answer: long, random, never shown to head office
    token = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        groups="base.group_system",
        default=lambda self: token_urlsafe(24),
    )
    state = fields.Selection(
        [
            ("open", "Waiting for the customer"),
            ("done", "Answered"),
            ("void", "No longer needed"),
        ],
        required=True,
        readonly=True,
        default="open",
    )
    answer = fields.Selection(ANSWERS, readonly=True)
    answered_by = fields.Selection(
        [("customer", "The customer"), ("silence", "Nobody in time")], readonly=True
    )
    answered_at = fields.Datetime(readonly=True)
    due_at = fields.Datetime(required=True, readonly=True)
    wait_until = fields.Date(readonly=True, help="When the store expects the goods")
    line_ids = fields.One2many("o2o.order.choice.line", "choice_id", readonly=True)
    amount_back = fields.Monetary(
        readonly=True, help="What the order cost less in the end"
    )
    currency_id = fields.Many2one(related="order_id.currency_id")

    _token_uniq = models.Constraint("UNIQUE (token)", "This link exists already.")
    _one_open = models.UniqueIndex(
        "(fulfillment_id) WHERE state = 'open'",
        "The customer is asked one thing at a time.",
    )

    # === WHAT CAN BE CHOSEN === #

    def _get_options(self):
        """What the customer may choose now, the gentlest first, with its consequence.

        :return: list of dict ``answer``, ``label``, ``amount_back`` (negative: more to
            pay), ``detail``
        """
        self.ensure_one()
        choice = self.sudo()  # facts of stores the customer does not see
        options = []
        if choice._is_possible("other_store"):
            options.append(self._prepare_option("other_store", 0.0))
        if choice._is_possible("substitute"):
            options.append(
                self._prepare_option("substitute", choice._get_substitute_amount_back())
            )
        if choice._is_possible("wait"):
            options.append(self._prepare_option("wait", 0.0))
        options.append(
            self._prepare_option("part", sum(choice.line_ids.mapped("worth_missing")))
        )
        return options

    def _get_answers(self):
        """Hook: the answers to this question, whether possible now or not."""
        self.ensure_one()
        return [answer for answer, _label in ANSWERS]

    def _prepare_option(self, answer, amount_back):
        labels = dict(self._fields["answer"]._description_selection(self.env))
        return {
            "answer": answer,
            "label": labels[answer],
            "amount_back": self.currency_id.round(amount_back),
        }

    def _is_possible(self, answer):
        self.ensure_one()
        if answer == "part":
            return True
        if answer == "wait":
            return bool(self.wait_until)
        if answer == "substitute":
            return bool(self.line_ids.substitute_id)
        fulfillment = self.fulfillment_id
        if answer != "other_store" or fulfillment.delivery_kind == "pickup":
            return False
        return self._plan_rest()["rule"] != "nobody"

    def _get_stores_left_out(self):
        """The store that has not got the goods, and those that turned them down."""
        return self.fulfillment_id._get_refusing_stores() | self.fulfillment_id.store_id

    def _plan_rest(self):
        """Who would send the rest, by the published rules; nothing is written.

        Head office counts where it has the goods: what is promised to a customer who
        has been disappointed once is there.

        :return: see ``o2o.sourcing._plan``
        """
        self.ensure_one()
        sourcing = self.env["o2o.sourcing"]
        request = sourcing._prepare_request(
            self.order_id,
            wanted=self._get_missing(),
            rejected_by=self._get_stores_left_out(),
        )
        rule_sets = self.env["o2o.sourcing.rule.set"]
        rules = rule_sets._get_published(self.company_id)._get_rules()
        return sourcing._plan(request, {**rules, "head_office_needs_goods": True})

    def _get_missing(self):
        """:return: ``{sale.order.line: quantity}``"""
        return {line.sale_line_id: line.missing for line in self.line_ids}

    def _get_substitute_amount_back(self):
        """What the order gets cheaper; negative when it gets dearer."""
        return sum(
            line.worth_missing - (line.substitute_amount if line.substitute_id else 0.0)
            for line in self.line_ids
        )

    # === ANSWERING === #

    @api.model
    def _find(self, token):
        """The choice behind a link, elevated; empty for a wrong one."""
        # sudo: the token is the right to see and answer it; compared by the index of
        # the database, long enough that nobody guesses
        choices_sudo = self.sudo()
        if not isinstance(token, str) or len(token) < 24:
            return choices_sudo
        return choices_sudo.search([("token", "=", token)])

    def _answer(self, answer, by):
        """Answer once; called elevated.

        :return: whether this call was the one that counts
        :raise UserError: what was chosen is not possible (any more)
        """
        self.ensure_one()
        self.fulfillment_id._lock_rows()
        self.invalidate_recordset()
        if self.state != "open":
            return False
        if answer not in self._get_answers() or not self._is_possible(answer):
            raise UserError(
                self.env._("This is not possible any more. Please choose again.")
            )
        order = self.order_id
        before = order.amount_total
        self.write(
            {
                "state": "done",
                "answer": answer,
                "answered_by": by,
                "answered_at": fields.Datetime.now(),
            }
        )
        getattr(self, f"_apply_{answer}")()
        self.amount_back = before - order.amount_total
        self.env["o2o.timer"]._clear(self.fulfillment_id, "choice")
        labels = dict(self._fields["answer"]._description_selection(self.env))
        self.fulfillment_id._log_event(
            "choice",
            from_state=self.fulfillment_id.state,
            note=labels[answer]
            if by == "customer"
            else self.env._("No answer in time: %s", labels[answer]),
        )
        self.fulfillment_id._notify_change("changed")
        return True

    def _answer_by_silence(self):
        """The member's saved default, else the company's; always one that works."""
        self.ensure_one()
        company = self.company_id
        wanted = [
            self.order_id.partner_id.o2o_choice_default,
            company.o2o_choice_default,
            "part",
        ]
        answer = next(a for a in wanted if a and self._is_possible(a))
        return self._answer(answer, "silence")

    # === WHAT AN ANSWER DOES === #

    def _apply_part(self):
        self._give_up(self._get_missing())
        self.fulfillment_id._renew_transfers()

    def _apply_wait(self):
        """Nothing moves: the store keeps the whole order until the goods are there."""

    def _apply_other_store(self):
        fulfillment = self.fulfillment_id
        fulfillment._cancel_transfers()
        decision = self.env["o2o.sourcing"]._decide(
            self.order_id,
            wanted=self._get_missing(),
            rejected_by=self._get_stores_left_out(),
        )
        if decision.rule == "nobody":
            self._apply_part()
            return
        for part in decision.parts:
            new = fulfillment._split_off(part)
            new._present(decision, part["via"])
        fulfillment._renew_transfers()
        self._set_order_warehouse()

    def _apply_substitute(self):
        """What is missing goes, what the store proposed comes in its place."""
        missing = self._get_missing()
        replaced = self.line_ids.filtered("substitute_id")
        for line in replaced:
            # the page has promised the amount of when the store asked
            line.substitute_amount = min(
                line.substitute_amount, line._get_substitute_amount()
            )
        amounts = {line: line.substitute_amount for line in replaced}
        self._give_up(missing, kept=sum(amounts.values()))
        for line, amount in amounts.items():
            line._add_substitute(amount)
        self.fulfillment_id._renew_transfers()

    def _give_up(self, missing, kept=0.0):
        """Take the missing goods off the order and ask for the money back.

        :param float kept: of that money, what is needed for something else
        """
        order = self.order_id
        worth = {line.sale_line_id: line.worth_missing for line in self.line_ids}
        less = order._o2o_take_off(missing)
        for sale_line, quantity in missing.items():
            self.fulfillment_id.line_ids.filtered(
                lambda line, sale_line=sale_line: line.sale_line_id == sale_line
            )._take_out(quantity)
        order._o2o_request_refund(
            less - kept,
            self.env._("%s: goods were missing", self.fulfillment_id.name),
            kind="short",
            fulfillment_id=self.fulfillment_id.id,
            store_id=self.store_id.id,
            lines={line: (quantity, worth[line]) for line, quantity in missing.items()},
        )

    def _set_order_warehouse(self):
        """The order stays with the store that has the most of it."""
        self.order_id.warehouse_id = self.fulfillment_id.store_id.warehouse_id

    # === SHOWN === #

    def _prepare_pos_dict(self):
        self.ensure_one()
        labels = dict(self._fields["answer"]._description_selection(self.env))
        return {
            "id": self.id,
            "state": self.state,
            "answer": self.answer or "",
            "answer_label": labels.get(self.answer, ""),
            "answered_by": self.answered_by or "",
            "due_at": fields.Datetime.to_string(self.due_at),
            "wait_until": fields.Date.to_string(self.wait_until) or "",
            "lines": [
                {
                    "id": line.id,
                    "name": line.product_id.display_name,
                    "wanted": line.wanted,
                    "available": line.available,
                    "uom": line.sale_line_id.product_uom_id.name,
                    "substitute": line.substitute_id.display_name or "",
                }
                for line in self.line_ids
            ],
        }

    def _get_url(self):
        self.ensure_one()
        website = self.order_id.website_id
        base = (website or self.order_id).get_base_url()
        return f"{base}/o2o/order/choice/{self.sudo().token}"
