from odoo import fields, models


class O2oCardImportProblem(models.TransientModel):
    """A row of the file that cannot be imported, and why. Never holds the code."""

    _name = "o2o.card.import.problem"
    _description = "Card Import Problem"
    _order = "line, id"

    import_id = fields.Many2one(
        "o2o.card.import", required=True, index=True, ondelete="cascade"
    )
    line = fields.Integer(string="Row in File")
    number = fields.Char(string="Card Number")
    reason = fields.Selection(
        [
            ("number_missing", "The card number is missing"),
            ("number_invalid", "The card number is not 4 to 32 digits or letters"),
            (
                "number_precision",
                "Excel rounded this long card number: format the column as text",
            ),
            ("number_overflow", "No card number left in this sequence"),
            ("code_missing", "The activation code is missing"),
            ("code_letters", "The activation code holds more than digits"),
            ("code_length", "The activation code is not 6 digits long"),
            (
                "code_zeros",
                "The activation code lost its leading zeros in Excel: "
                "format the column as text",
            ),
            ("columns", "The row has too many columns"),
            ("duplicate", "The card number appears twice in the file"),
            ("known", "The card number is already in the base"),
        ],
        string="Problem",
        required=True,
    )
