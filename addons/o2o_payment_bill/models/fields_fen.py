from odoo import fields


class SumOfFen(fields.Integer):
    """A sum of amounts in fen: many rows are more than 32 bits hold."""

    _column_type = ("int8", "int8")
