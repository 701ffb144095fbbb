from psycopg2.errors import ForeignKeyViolation

from odoo import api, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.tools import SQL

from ..lib.mask import mask_email, mask_phone


class O2oMemberMerge(models.Model):
    """Merging members: who may, in which order, and what is remembered.

    Core's ``base.partner.merge`` does the moving; it calls :meth:`_open_merge` before
    and :meth:`_close_merge` after, also when somebody uses core's own wizard.
    """

    _inherit = "o2o.member.merge"

    @api.model
    def _merge_members(self, survivor, others, reason=""):
        """Merge members into one, for good (MEM-12).

        :param survivor: the ``res.partner`` that stays
        :param others: those that end in it
        :raises AccessError: not a manager, or somebody of a company out of reach
        """
        others -= survivor
        if not survivor or not others:
            raise UserError(self.env._("Choose at least two members to merge."))
        self._ensure_can_merge(survivor | others)
        # sudo: the right was checked above; orders and users of the members follow
        survivor_sudo = survivor.sudo()
        for source_sudo in others.sudo().sorted("id"):
            self.sudo()._absorb(survivor_sudo, source_sudo, reason)

    @api.model
    def _absorb(self, survivor, source, reason):
        self._lock_for_merge(survivor, source)
        self._share_companies(survivor, source)
        self.env["res.users"]._o2o_keep_one_login(survivor, source)
        # core's wizard would read the selection of a list from the context
        context = {
            key: value
            for key, value in self.env.context.items()
            if not key.startswith(("active_", "default_"))
        }
        wizards = self.with_context(context, o2o_merge_reason=reason).env[
            "base.partner.merge.automatic.wizard"
        ]
        try:
            wizards.create({})._merge(
                [survivor.id, source.id], survivor.with_env(wizards.env)
            )
        except ForeignKeyViolation as error:
            # somebody recorded something for the source that we do not see: replay
            raise ConcurrencyError("the absorbed contact is still in use") from error

    # === who may ===

    @api.model
    def _ensure_can_merge(self, partners):
        """Only managers, only people, only where the manager may work.

        Code that runs as superuser has checked already.
        """
        if self.env.su:
            return
        if not self.env.user.has_group("o2o_member.o2o_member_group_manager"):
            raise AccessError(self.env._("Only a member manager can merge members."))
        partners.check_access("read")
        # sudo: rights depend on what the contacts are, also where we may not look
        partners_sudo = partners.sudo()
        companies_sudo = partners_sudo._o2o_merge_companies()
        if not companies_sudo <= self.env.user.company_ids.sudo():
            raise AccessError(
                self.env._(
                    "One of these members also belongs to a company you may not work "
                    "in. Ask somebody who works for all their companies."
                )
            )
        self._ensure_people(partners_sudo)

    @api.model
    def _ensure_people(self, partners_sudo):
        """Logins of colleagues and of the system are worth more than a member's."""
        users_sudo = partners_sudo.with_context(active_test=False).user_ids
        companies_sudo = self.env["res.company"].sudo().with_context(active_test=False)
        if (
            any(not user.share or user._is_public() for user in users_sudo)
            or partners_sudo.filtered("is_company")
            or companies_sudo.search_count([("partner_id", "in", partners_sudo.ids)])
        ):
            raise AccessError(
                self.env._(
                    "Companies, colleagues and contacts of the system are not merged "
                    "here. Ask an administrator."
                )
            )

    # === the steps, as superuser ===

    @api.model
    def _lock_for_merge(self, survivor, source):
        """Wait for postings on the accounts; let nobody record more for the source.

        Accounts come before contacts, as in a posting. Who waited is replayed by Odoo
        with a fresh view (serialization failure), and so are we.
        """
        accounts = (survivor | source)._o2o_points_accounts()
        self.env.cr.execute(
            SQL(
                "SELECT id FROM loyalty_card WHERE id IN %s ORDER BY id "
                "FOR NO KEY UPDATE",
                tuple(accounts.ids) or (0,),
            )
        )
        self.env.cr.execute(
            SQL("SELECT id FROM res_partner WHERE id = %s FOR UPDATE", source.id)
        )
        self.env.invalidate_all()

    @api.model
    def _share_companies(self, survivor, source):
        """A member of two companies is shared by all."""
        if survivor.company_id and survivor.company_id != source.company_id:
            survivor.company_id = False

    @api.model
    def _open_merge(self, survivor, source):
        """Write the log, carry the points, and let other addons carry theirs.

        :return: the row of the log
        """
        self._lock_for_merge(survivor, source)
        merge = self.create(self._prepare_merge_vals(survivor, source))
        source._o2o_carry_points(survivor, merge)
        source._o2o_merge_into(survivor)
        self.env.flush_all()
        self._drop_twins(survivor, source)
        return merge

    @api.model
    def _prepare_merge_vals(self, survivor, source):
        return {
            "survivor_id": survivor.id,
            "absorbed_id": source.id,
            "user_id": self.env.uid,
            "reason": self.env.context.get("o2o_merge_reason") or False,
            "person": {
                "name": source.name or "",
                "phone": mask_phone(source.phone),
                "email": mask_email(source.email),
            },
            "facts": source._o2o_merge_facts(),
        }

    @api.model
    def _close_merge(self, survivor):
        """Core has moved everything: what depends on the sum is computed again."""
        self.env.add_to_compute(survivor._fields["o2o_is_member"], survivor)
        self.env["o2o.member.duplicate"]._note_merge(survivor)
        for company in survivor._o2o_points_accounts().company_id:
            survivor.with_company(company)._o2o_after_purchases_changed()

    @api.model
    def _drop_twins(self, survivor, source):
        """Drop what both have and nobody can have twice, such as the same favourite.

        Otherwise core would drop all of the source's rows of such a table, or fail.
        Whoever wants to keep more does so in ``_o2o_merge_into``.
        """
        self.env.cr.execute(
            SQL(
                """
                SELECT rel.relname, own.attname, pg_get_expr(i.indpred, i.indrelid),
                       array_agg(other.attname ORDER BY other.attnum)
                           FILTER (WHERE other.attname <> own.attname)
                  FROM pg_constraint fk
                  JOIN pg_class rel ON rel.oid = fk.conrelid
                  JOIN pg_attribute own
                    ON own.attrelid = rel.oid AND own.attnum = fk.conkey[1]
                  JOIN pg_index i
                    ON i.indrelid = rel.oid
                   AND i.indisunique
                   AND i.indexprs IS NULL
                   AND own.attnum = ANY(i.indkey::int2[])
                  JOIN pg_attribute other
                    ON other.attrelid = rel.oid
                   AND other.attnum = ANY(i.indkey::int2[])
                 WHERE fk.contype = 'f'
                   AND fk.confrelid = 'res_partner'::regclass
                   AND rel.relnamespace = current_schema::regnamespace
                   AND rel.relname NOT LIKE 'base_partner_merge_%%'
              GROUP BY rel.relname, own.attname, i.indexrelid, i.indpred, i.indrelid
                """
            )
        )
        for table, column, predicate, others in self.env.cr.fetchall():
            if table == "loyalty_card":
                continue  # see _o2o_carry_points
            names = {
                "table": SQL.identifier(table),
                "column": SQL.identifier(column),
                # the definition of an index of this database, nobody's input
                "live": SQL(predicate.replace("%", "%%") if predicate else "TRUE"),
                "columns": SQL(", ").join(map(SQL.identifier, others or [column])),
                "source": source.id,
                "survivor": survivor.id,
            }
            # one column says all: whatever the survivor has is a twin
            same = SQL(
                """
                AND (%(columns)s) IN (
                    SELECT %(columns)s FROM %(table)s
                     WHERE %(column)s = %(survivor)s AND (%(live)s)
                )
                """
                if others
                else """
                AND EXISTS (
                    SELECT FROM %(table)s
                     WHERE %(column)s = %(survivor)s AND (%(live)s)
                )
                """,
                **names,
            )
            self.env.cr.execute(
                SQL(
                    "DELETE FROM %(table)s "
                    "WHERE %(column)s = %(source)s AND (%(live)s) %(same)s",
                    **names,
                    same=same,
                )
            )
        self.env.invalidate_all()
