# Run in `odoo shell` after lines that set NAMES and TARGET: writes each addon's terms.
import json
import pathlib

from odoo.tools.translate import TranslationModuleReader

pathlib.Path(TARGET).write_text(  # noqa: F821
    json.dumps(
        {
            name: sorted(
                {row[4] for row in TranslationModuleReader(env.cr, modules=[name])}  # noqa: F821
            )
            for name in NAMES  # noqa: F821
        }
    )
)
