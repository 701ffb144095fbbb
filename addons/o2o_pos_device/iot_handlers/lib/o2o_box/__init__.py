"""The box of a store: prints the jobs of Odoo, tells it what its readers read.

Pure Python (3.10 or newer), never imports Odoo. The encoder, renderer and paper
interpreter of this package are also used by the server for previews.
"""

__version__ = "1.0.0"
