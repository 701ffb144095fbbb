from odoo import api, fields, models
from odoo.tools import SQL


class O2oCardImportProgress(models.TransientModel):
    """How far an import is, for the dialog that waits for it.

    The import is one transaction, of which nobody sees anything before its end. So the
    progress is written by a transaction of its own, and gone when the import ends.
    """

    _name = "o2o.card.import.progress"
    _description = "Card Import Progress"

    key = fields.Char(required=True, readonly=True, index=True)
    # plain number: the transaction that writes it may not see the user yet
    owner_uid = fields.Integer(required=True, readonly=True)
    step = fields.Selection(
        [("read", "Reading"), ("check", "Checking"), ("import", "Importing")],
        required=True,
        readonly=True,
    )
    done = fields.Integer(readonly=True)
    total = fields.Integer(readonly=True)

    _key_uniq = models.UniqueIndex("(key)")

    @api.model
    def _report(self, key, step, done, total=0):
        if not key:
            return
        with self.env.registry.cursor() as cr:
            cr.execute(
                SQL(
                    """
                    INSERT INTO o2o_card_import_progress
                                (key, owner_uid, step, done, total, create_date,
                                 write_date)
                         VALUES (%(key)s, %(uid)s, %(step)s, %(done)s, %(total)s,
                                 now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')
                    ON CONFLICT (key)
                      DO UPDATE SET step = EXCLUDED.step, done = EXCLUDED.done,
                                    total = EXCLUDED.total,
                                    write_date = EXCLUDED.write_date
                          WHERE o2o_card_import_progress.owner_uid = EXCLUDED.owner_uid
                    """,
                    key=key,
                    uid=self.env.uid,
                    step=step,
                    done=done,
                    total=total,
                )
            )

    @api.model
    def _finish(self, key):
        if not key:
            return
        with self.env.registry.cursor() as cr:
            cr.execute(
                SQL(
                    """
                    DELETE FROM o2o_card_import_progress
                          WHERE key = %s AND owner_uid = %s
                    """,
                    key,
                    self.env.uid,
                )
            )

    @api.model
    def get_progress(self, key):
        """For the dialog: ``{"step", "done", "total"}`` of one's own import, or False.

        :param str key: ``progress_key`` of the import
        """
        self.check_access("read")
        # sudo: one's own row only
        row_sudo = self.sudo().search_fetch(
            [("key", "=", str(key)), ("owner_uid", "=", self.env.uid)],
            ["step", "done", "total"],
            limit=1,
        )
        return bool(row_sudo) and {
            "step": row_sudo.step,
            "done": row_sudo.done,
            "total": row_sudo.total,
        }
