from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..lib.text import clean_card_number

# target state -> states a card may come from
_SOURCES = {
    "active": ("new", "frozen", "lost"),
    "frozen": ("active",),
    "lost": ("active", "frozen"),
    "replaced": ("active", "frozen", "lost"),
    "recalled": ("new",),
    "new": ("recalled",),
}


# one class per topic, one topic per file
# pylint: disable=consider-merging-classes-inherited
class O2oCardLifecycle(models.Model):
    """What may happen to a card: one method per target state, nothing else writes
    ``state``."""

    _inherit = "o2o.card"

    # === actions ===

    def action_freeze(self, reason=""):
        self._ensure_can_change("o2o_member_group_user")
        self._freeze(reason)
        return True

    def action_unfreeze(self, reason=""):
        self._ensure_can_change("o2o_member_group_manager")
        self._reactivate("frozen", reason)
        return True

    def action_report_lost(self, reason=""):
        self._ensure_can_change("o2o_member_group_user")
        self._report_lost(reason)
        return True

    def action_found(self, reason=""):
        self._ensure_can_change("o2o_member_group_manager")
        self._reactivate("lost", reason)
        return True

    def action_recall(self, reason=""):
        self._ensure_can_change("o2o_member_group_manager")
        self._recall(reason)
        return True

    def action_undo_recall(self, reason=""):
        self._ensure_can_change("o2o_member_group_manager")
        self._undo_recall(reason)
        return True

    def action_view_successor(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.replaced_by_id.id,
            "views": [(False, "form")],
        }

    def _ensure_can_change(self, group):
        """Clerks stop a card (frozen, lost); bringing one back is for managers."""
        self.check_access("read")
        if not self.env.user.has_group(f"o2o_member.{group}"):
            raise AccessError(
                self.env._("You may not change cards. Ask a member manager to do it.")
            )

    # === states ===

    def _freeze(self, reason=""):
        """Stop an active card; :meth:`_reactivate` brings it back."""
        self._set_state("frozen", reason)

    def _report_lost(self, reason=""):
        self._set_state("lost", reason)

    def _reactivate(self, source, reason=""):
        """Bring a card back whose member is known.

        :param str source: ``frozen`` or ``lost``
        """
        for card in self:
            # sudo: the caller has checked the right, or is the server itself
            partner_sudo = card.sudo().partner_id.with_company(card.company_id)
            if not partner_sudo:
                continue  # no member yet: refused by its state
            if others_sudo := partner_sudo._o2o_cards("active", card.kind) - card:
                raise UserError(
                    self.env._(
                        "%(member)s already uses card %(number)s. Freeze that card "
                        "first.",
                        member=partner_sudo.display_name,
                        number=others_sudo[0].number,
                    )
                )
        self._set_state("active", reason, sources=(source,))

    def _recall(self, reason=""):
        """Make cards that nobody has activated worthless, for example after theft."""
        self._set_state("recalled", reason)

    def _undo_recall(self, reason=""):
        self._set_state("new", reason)

    def _replace_with(self, new_card, reason=""):
        """Let another card take over for the member of this one.

        Points, level and wallet belong to the member, not to the card: they stay.

        :param new_card: a plastic card nobody has activated yet, or an electronic card
            of the same member
        """
        self.ensure_one()
        # sudo: the caller has checked the right; nobody has write access to cards
        old_sudo, new_sudo = self.sudo(), new_card.sudo()
        if old_sudo.state == "replaced" and old_sudo.replaced_by_id == new_sudo:
            return
        partner_sudo = old_sudo.partner_id
        if not partner_sudo or old_sudo == new_sudo:
            raise UserError(self.env._("Only the card of a member can be replaced."))
        if new_sudo.partner_id != partner_sudo:
            new_sudo._activate(partner_sudo)
        if old_sudo.state != "replaced":
            old_sudo._set_state("replaced", reason, replaced_by_id=new_sudo.id)

    def _find_new_card(self, number):
        """A plastic card of the company, in sudo, that nobody has activated."""
        number = clean_card_number(number)
        # sudo: the caller has checked the right to replace cards
        card_sudo = self.sudo().search(
            [
                ("company_id", "=", self.env.company.id),
                ("number", "=", number),
                ("kind", "=", "plastic"),
            ]
        )
        if not card_sudo:
            raise UserError(
                self.env._("There is no card %s in the base. Check the number.", number)
            )
        return card_sudo

    def _set_state(self, target, reason="", sources=None, **vals):
        """Move cards to a state, under a row lock, and log it.

        Cards already there are left alone. Whoever waits here for another transaction
        is refused with a serialization failure and replayed by Odoo, so the state seen
        is the state now.

        :param tuple sources: allowed states, when narrower than usual
        :param vals: further values to write together with the state
        :return: the cards that changed, in sudo
        """
        if not self:
            return self.sudo()
        sources = sources or _SOURCES[target]
        self.flush_recordset()
        states = dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT id, state FROM o2o_card WHERE id IN %s
                     ORDER BY id FOR NO KEY UPDATE
                    """,
                    tuple(self.ids),
                )
            )
        )
        # sudo: states are written here only; every caller has checked the right
        cards_sudo = self.sudo().filtered(lambda card: states[card.id] != target)
        for card_sudo in cards_sudo:
            if states[card_sudo.id] not in sources:
                raise UserError(self._refusal_message(card_sudo, states, target))
        cards_sudo.write({"state": target, **vals})
        self.env["o2o.card.event"].sudo().create(
            [
                {
                    "card_id": card_sudo.id,
                    "company_id": card_sudo.company_id.id,
                    "state_from": states[card_sudo.id],
                    "state_to": target,
                    "reason": reason or False,
                    "actor_id": self.env.uid,
                }
                for card_sudo in cards_sudo
            ]
        )
        return cards_sudo

    def _refusal_message(self, card, states, target):
        labels = dict(self._fields["state"]._description_selection(self.env))
        return self.env._(
            "Card %(number)s is “%(state)s” and cannot become “%(target)s”.",
            number=card.number,
            state=labels[states[card.id]],
            target=labels[target],
        )

    # === dates ===

    def _today(self):
        """Today where the company is: visitors and workers have no time zone."""
        company = self.env.company
        timezone = company.partner_id.tz or self.env.user.tz or "Asia/Shanghai"
        return fields.Date.context_today(self.with_context(tz=timezone))
