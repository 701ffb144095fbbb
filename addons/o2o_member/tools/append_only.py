"""Tables that only grow, also for SQL that does not pass through the ORM."""

from odoo.tools import SQL


def guard_table(cr, table, columns, parent=None):
    """Let PostgreSQL refuse to delete the rows of a table and to change some columns.

    Called from ``init`` of a model; again at each update, with the columns of the day.

    :param columns: names; leave out what the merge of contacts or the deletion of
        users must move
    :param tuple parent: (column, table): a row goes with this record, and only then
    """
    goes_along = SQL()
    if parent:
        column, parent_table = map(SQL.identifier, parent)
        goes_along = SQL(
            """
            IF TG_OP = 'DELETE' AND NOT EXISTS (
                SELECT 1 FROM %s WHERE id = OLD.%s
            ) THEN
                RETURN OLD;
            END IF;
            """,
            parent_table,
            column,
        )
    cr.execute(
        SQL(
            """
            CREATE OR REPLACE FUNCTION %(guard)s() RETURNS trigger AS
            $guard$
            BEGIN
                %(goes_along)s
                RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only';
            END
            $guard$ LANGUAGE plpgsql;

            DROP TRIGGER IF EXISTS %(guard)s ON %(table)s;
            CREATE TRIGGER %(guard)s
            BEFORE DELETE OR UPDATE OF %(columns)s ON %(table)s
            FOR EACH ROW EXECUTE FUNCTION %(guard)s();
            """,
            guard=SQL.identifier(f"{table}_guard"),
            table=SQL.identifier(table),
            columns=SQL(", ").join(map(SQL.identifier, columns)),
            goes_along=goes_along,
        )
    )
