"""Printers without a box: what their makers' clouds want to be told (POS-05).

Plain Python without Odoo. A client speaks one protocol and keeps nothing; what was
sent, and what became of it, is known to ``o2o.print.job``.
"""
