"""The box of a store: pulls print jobs from Odoo and drives the printers.

Pure Python (3.10 or newer), never imports Odoo. The encoder, renderer and paper
interpreter of this package are also used by the server for previews.
"""

__version__ = "1.0.0"
