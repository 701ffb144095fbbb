from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

# What the trigger leaves free: a survivor may be absorbed later, and the person's
# details go when the member asks for it.
_FREE_COLUMNS = {"survivor_id", "person", "create_uid", "write_uid", "write_date"}


class O2oMemberMergeGuard(models.AbstractModel):
    """Rows that are written once, for the ORM and for any other SQL."""

    _name = "o2o.member.merge.guard"
    _description = "Append-Only Rows of the Merge Log"

    def init(self):
        if self._auto and not self._abstract:
            self._guard_table()

    def _guard_table(self):
        """Refuse SQL that changes or deletes rows, whoever sends it."""
        guarded = [
            SQL.identifier(name)
            for name, field in self._fields.items()
            if field.store and field.column_type and name not in _FREE_COLUMNS
        ]
        self.env.cr.execute(
            SQL(
                """
                CREATE OR REPLACE FUNCTION o2o_member_merge_guard() RETURNS trigger AS
                $guard$
                BEGIN
                    RAISE EXCEPTION 'the log of merged members is append-only';
                END
                $guard$ LANGUAGE plpgsql;

                DROP TRIGGER IF EXISTS o2o_member_merge_guard ON %(table)s;
                CREATE TRIGGER o2o_member_merge_guard
                BEFORE DELETE OR UPDATE OF %(columns)s ON %(table)s
                FOR EACH ROW EXECUTE FUNCTION o2o_member_merge_guard();
                """,
                table=SQL.identifier(self._table),
                columns=SQL(", ").join(guarded),
            )
        )

    def write(self, vals):
        if vals:
            raise UserError(self.env._("The log of merged members cannot be changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_log(self):
        raise UserError(self.env._("The log of merged members cannot be deleted."))
