from odoo import api, fields, models
from odoo.tools.misc import format_amount, format_datetime

from ..iot_handlers.lib.o2o_box import test_page
from ..iot_handlers.lib.o2o_box.document import VERSION
from ..receipts.blocks import barcode, cut, feed, heading, line, row, text
from .o2o_store_slip import DECORATED


class O2oReceipt(models.AbstractModel):
    """Builds the neutral receipt document of each slip.

    One method ``_build_<document type>`` per slip. They run elevated and in the
    language of the store's company.
    """

    _name = "o2o.receipt"
    _description = "Receipt builder"

    @api.model
    def _build(self, document_type, source, store, reprint_number=0):
        """Return the document (JSON) of a slip.

        :param source: the record it is about
        :param int reprint_number: 0 for the first print
        """
        lang = store._get_slip_lang()
        builder = self.with_context(lang=lang)
        method = getattr(builder, f"_build_{document_type}")
        blocks = method(source.with_context(lang=lang), store.with_context(lang=lang))
        if reprint_number:
            blocks = builder._mark_reprint(blocks, reprint_number)
        if document_type in DECORATED:
            blocks = store._decorate_slip(blocks)
        return {"version": VERSION, "blocks": blocks}

    @api.model
    def _mark_reprint(self, blocks, number):
        """The blocks with a mark below the heading of each paper."""
        mark = self._reprint_mark(number)
        is_start, marked = True, []
        for block in blocks:
            marked += [block, mark] if is_start else [block]
            is_start = block["type"] == "cut"
        return marked

    @api.model
    def _reprint_mark(self, number):
        return text(self.env._("** Reprint no. %s **", number), "center", True, "tall")

    # === SLIPS === #

    @api.model
    def _build_order_slip(self, fulfillment, store):
        """What the store prepares: goods, prices, who gets it (POS-04)."""
        order = fulfillment._prepare_pos_dict()
        return [
            heading(self.env._("Order slip")),
            text(store.name, "center"),
            line(),
            *self._order_blocks(order, store, order["accepted_at"]),
            *self._consignee_blocks(order),
            line(),
            *self._priced_line_blocks(order),
            line(),
            *self._total_blocks(order, fulfillment.currency_id),
            *self._remark_blocks(order),
            *self._closing_blocks(order),
        ]

    @api.model
    def _build_shipping_slip(self, fulfillment, store):
        """What travels with the goods, signed by who receives them (POS-04)."""
        order = fulfillment._prepare_pos_dict()
        sender = [store.name, store.phone, store.partner_id._o2o_get_address_line()]
        sent_at = fulfillment.shipped_at or fulfillment.delivered_at
        return [
            heading(self.env._("Shipping slip")),
            *[text(part, "center") for part in sender if part],
            line(),
            *self._order_blocks(order, store, fields.Datetime.to_string(sent_at)),
            *self._consignee_blocks(order, size="tall"),
            *self._labelled(self.env._("Tracking no."), order["tracking_ref"]),
            line(),
            *self._plain_line_blocks(order),
            line(),
            *self._total_blocks(order, fulfillment.currency_id),
            *self._remark_blocks(order),
            feed(1),
            text(self.env._("Received by: ____________________")),
            *self._closing_blocks(order),
        ]

    @api.model
    def _build_test(self, printer):
        """A page that shows whether the printer speaks Chinese and is set up well."""
        now = fields.Datetime.to_string(fields.Datetime.now())
        store = printer.store_id
        widths = dict(printer._fields["paper_width"]._description_selection(self.env))
        labelled = [
            (self.env._("Store"), store.name),
            (self.env._("Printer"), printer.name),
            (self.env._("Paper"), widths[printer.paper_width]),
            (self.env._("Time"), self._format_time(now, store)),
        ]
        lines = [
            self.env._("%(label)s: %(value)s", label=label, value=value)
            for label, value in labelled
        ]
        lines.append(self.env._("If you can read this line, the printer is ready."))
        return test_page.document(self.env._("Test page"), lines, printer.id)

    # === PARTS === #

    @api.model
    def _order_blocks(self, order, store, moment):
        is_pickup = order["delivery_kind"] == "pickup"
        kinds = {
            True: self.env._("Pick-up in store"),
            False: self.env._("Store delivery"),
        }
        return [
            text(kinds[is_pickup], "center", True, "double"),
            text(self.env._("Order: %s", order["order_name"]), bold=True, size="tall"),
            *self._labelled(self.env._("No."), order["name"]),
            *self._labelled(self.env._("Time"), self._format_time(moment, store)),
        ]

    @api.model
    def _consignee_blocks(self, order, size="normal"):
        parts = [
            (self.env._("Consignee"), order["partner_name"]),
            (self.env._("Phone"), order["partner_phone"]),
            (self.env._("Address"), order["street"]),
        ]
        return [
            block
            for label, value in parts
            for block in self._labelled(label, value, size)
        ]

    @api.model
    def _labelled(self, label, value, size="normal"):
        """A line "label: value", nothing when there is no value."""
        if not value:
            return []
        content = self.env._("%(label)s: %(value)s", label=label, value=value)
        return [text(content, size=size)]

    @api.model
    def _priced_line_blocks(self, order):
        """Name on its own line: it fits on 58 mm paper too."""
        blocks = [
            row(
                [
                    (self.env._("Goods"), 4, "left"),
                    (self.env._("Qty"), 2, "right"),
                    (self.env._("Price"), 3, "right"),
                    (self.env._("Amount"), 4, "right"),
                ],
                bold=True,
            )
        ]
        for item in order["lines"]:
            blocks.append(text(item["name"]))
            blocks.append(
                row(
                    [
                        ("", 4, "left"),
                        (self._format_quantity(item), 2, "right"),
                        (f"{item['price_unit']:.2f}", 3, "right"),
                        (f"{item['subtotal']:.2f}", 4, "right"),
                    ]
                )
            )
        return blocks

    @api.model
    def _plain_line_blocks(self, order):
        return [
            row(
                [
                    (item["name"], 5, "left"),
                    (f"x {self._format_quantity(item)}", 1, "right"),
                ]
            )
            for item in order["lines"]
        ]

    @api.model
    def _total_blocks(self, order, currency):
        total = format_amount(self.env, order["amount_total"], currency)
        pieces = f"{order['item_count']:g}"
        blocks = [
            row(
                [
                    (self.env._("Pieces: %s", pieces), 1, "left"),
                    (self.env._("Total: %s", total), 1, "right"),
                ],
                bold=True,
                size="tall",
            ),
            *self._labelled(self.env._("Payment"), order["payment_label"]),
        ]
        if order["is_cod"]:
            blocks.append(
                text(self.env._("To collect: %s", total), "center", True, "double")
            )
        return blocks

    @api.model
    def _remark_blocks(self, order):
        if not order["note"]:
            return []
        return [
            line(),
            text(self.env._("Remark: %s", order["note"]), bold=True, size="tall"),
        ]

    @api.model
    def _closing_blocks(self, order):
        return [line(), barcode(order["order_name"]), feed(2), cut()]

    # === FORMATS === #

    @api.model
    def _format_time(self, moment, store):
        if not moment:
            return ""
        return format_datetime(
            self.env,
            fields.Datetime.to_datetime(moment),
            tz=store._get_slip_tz(),
            dt_format="yyyy-MM-dd HH:mm",
        )

    @api.model
    def _format_quantity(self, item):
        return f"{item['quantity']:g}"
