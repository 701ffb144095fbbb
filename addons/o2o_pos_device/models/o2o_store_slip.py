import base64

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..iot_handlers.lib.o2o_box.bitmap import shrink
from ..iot_handlers.lib.o2o_box.document import VERSION, DocumentError
from ..iot_handlers.lib.o2o_box.fonts import FontMissing
from ..iot_handlers.lib.o2o_box.paper import interpret
from ..iot_handlers.lib.o2o_box.render import render
from ..receipts.blocks import barcode, cut, feed, heading, image, line, row, text

#: papers for customers; those of the house stay plain
DECORATED = ("order_slip", "shipping_slip", "return_slip", "points_slip")
_MAX_WORDS = 500
_MAX_TILL_LOGO = 12_000


class O2oStore(models.Model):
    """What a store adds to its slips: logo, words above and below, barcode (POS-05)."""

    _inherit = "o2o.store"

    slip_logo = fields.Binary(
        attachment=True,
        help="Printed in black and white above the slips for customers",
    )
    slip_header = fields.Text(
        help="Printed below the logo, for example the slogan of the shop"
    )
    slip_footer = fields.Text(
        help="Printed at the end, for example how goods are returned"
    )
    slip_has_barcode = fields.Boolean(
        string="Barcode on slips",
        default=True,
        help="The number of the order, to be scanned at the till",
    )
    slip_preview = fields.Binary(compute="_compute_slip_preview", string="Slip preview")

    @api.constrains("slip_logo", "slip_header", "slip_footer")
    def _check_slip(self):
        for store in self:
            try:
                store._get_slip_logo()
            except DocumentError as error:
                raise ValidationError(
                    self.env._("The logo is no picture, or it is too large.")
                ) from error
            for words in (store.slip_header, store.slip_footer):
                if len(words or "") > _MAX_WORDS:
                    raise ValidationError(
                        self.env._(
                            "At most %s characters above and below a slip.", _MAX_WORDS
                        )
                    )

    @api.depends("name", "slip_logo", "slip_header", "slip_footer", "slip_has_barcode")
    def _compute_slip_preview(self):
        """A slip as it would be printed with what is in the form now."""
        for store in self:
            printer = store.sudo()._get_printer("order_slip")
            width = int(printer.paper_width or 80)
            try:
                document = {"version": VERSION, "blocks": store._prepare_sample()}
                [paper] = interpret(render(document, width), width)
                store.slip_preview = base64.b64encode(paper.png())
            except (DocumentError, FontMissing):
                # an unfinished upload, or a server without a Chinese font
                store.slip_preview = False

    def _get_slip_logo(self):
        """The logo for a document, empty without one.

        :raise DocumentError: it is no picture
        """
        self.ensure_one()
        # the size alone is read in lists
        raw = self.with_context(bin_size=False).slip_logo
        if not raw:
            return ""
        try:
            return shrink(base64.b64decode(raw))
        except ValueError as error:
            raise DocumentError("the logo is not base64") from error

    def _decorate_slip(self, blocks):
        """The blocks of a slip with what this store adds."""
        self.ensure_one()
        logo = self._get_slip_logo()
        above = [image(logo)] if logo else []
        if self.slip_header:
            above.append(text(self.slip_header, "center"))
        kept = [
            block
            for block in blocks
            if self.slip_has_barcode or block["type"] != "barcode"
        ]
        end = len(kept)
        while end and kept[end - 1]["type"] in ("feed", "cut"):
            end -= 1
        below = [text(self.slip_footer, "center")] if self.slip_footer else []
        return [*above, *kept[:end], *below, *kept[end:]]

    def _get_slip_frame(self):
        """What this store adds above and below a slip that a till makes.

        A logo that would make the slip too long for a till is left out.

        :return: tuple of two lists of blocks
        """
        self.ensure_one()
        middle = line()
        blocks = self._decorate_slip([middle])
        place = blocks.index(middle)
        above = [
            block
            for block in blocks[:place]
            if len(block.get("data", "")) <= _MAX_TILL_LOGO
        ]
        return above, blocks[place + 1 :]

    def _prepare_sample(self):
        """A slip of goods nobody ordered, for the preview."""
        self.ensure_one()
        liquor, bag = self.env._("Baijiu 500 ml"), self.env._("Gift bag")
        return self._decorate_slip(
            [
                heading(self.env._("Order slip")),
                text(self.name or "", "center"),
                line(),
                text("S00042", bold=True, size="tall"),
                row([(liquor, 5, "left"), ("x 2", 1, "right")]),
                row([(bag, 5, "left"), ("x 1", 1, "right")]),
                line(),
                text("￥2998.00", "right", True, "tall"),
                line(),
                barcode("S00042"),
                feed(2),
                cut(),
            ]
        )
