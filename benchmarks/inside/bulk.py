"""Many rows at once: copies of a row that Odoo made, without indexes in the way."""

from contextlib import contextmanager

from odoo import fields
from odoo.tools import SQL


@contextmanager
def without_indexes(cr, *tables):
    """Take indexes and foreign keys off some tables, and make them again.

    A foreign key that is made again checks all rows, so nothing is left unproved.
    """
    cr.execute(
        """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
          FROM pg_constraint
         WHERE contype = 'f' AND conrelid = ANY(%s::regclass[])
        """,
        [list(tables)],
    )
    keys = cr.fetchall()
    cr.execute(
        """
        SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
          FROM pg_index
         WHERE indrelid = ANY(%s::regclass[])
           AND NOT EXISTS (
                SELECT FROM pg_constraint WHERE conindid = pg_index.indexrelid
               )
        """,
        [list(tables)],
    )
    indexes = cr.fetchall()
    for table, name, _definition in keys:
        cr.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for name, _definition in indexes:
        cr.execute(f"DROP INDEX {name}")
    yield
    for _name, definition in indexes:
        cr.execute(definition)
    for table, name, definition in keys:
        cr.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')


class Copies:
    """Rows like one that Odoo made: columns nobody thought of here are filled too."""

    def __init__(self, record):
        record.env.flush_all()
        self.cr = record.env.cr
        self.table = record._table
        self.template_id = record.id
        self.cr.execute(
            """
            SELECT column_name FROM information_schema.columns
             WHERE table_name = %s AND table_schema = current_schema
               AND is_generated = 'NEVER'
          ORDER BY ordinal_position
            """,
            [self.table],
        )
        self.columns = [name for (name,) in self.cr.fetchall()]

    def reserve(self, count):
        """Ids for so many rows.

        :return: the first one
        """
        self.cr.execute(
            SQL("SELECT COALESCE(MAX(id), 0) + 1 FROM %s", SQL.identifier(self.table))
        )
        first = self.cr.fetchone()[0]
        self.cr.execute(
            "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)",
            [self.table, first + count],
        )
        return first

    def insert(self, rows, values):
        """
        :param str rows: what stands behind FROM; its columns may be used in values
        :param dict values: {column: SQL expression}; what the table does not have is
            left out, `%(now)s` is the time and a percent sign is written twice
        """
        expressions = [values.get(name, f'template."{name}"') for name in self.columns]
        names = ", ".join(f'"{name}"' for name in self.columns)
        self.cr.execute(
            f"""
            INSERT INTO {self.table} ({names})
            SELECT {", ".join(expressions)}
              FROM {rows},
                   (SELECT * FROM {self.table} WHERE id = {self.template_id}) template
            """,
            {"now": fields.Datetime.now()},
        )
        return self.cr.rowcount
