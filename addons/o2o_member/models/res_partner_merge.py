from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from ..const import LEDGER_CONTEXT
from ..lib.text import clean_mobile


class ResPartner(models.Model):
    """What a member takes along when it is merged into another (MEM-12)."""

    _inherit = "res.partner"

    # === hook ===

    def _o2o_merge_into(self, survivor):
        """Hook: carry what this member has over to the survivor; always super().

        Runs as superuser with the accounts of both locked, after the points and before
        core moves every reference to this contact. Of rows both have and nobody can
        have twice (a unique index), the source's are dropped afterwards.
        """
        self.ensure_one()
        self.env["o2o.member.distinct"]._follow_merge(survivor, self)
        if survivor.o2o_level_membership_ids:
            # one history goes on; the other ends here and is kept
            self._o2o_close_levels()

    # === points ===

    def _o2o_points_accounts(self):
        """The open points accounts of these contacts in all companies, in sudo."""
        # sudo: accounts are plumbing; callers checked what they may do
        accounts_sudo = self.env["loyalty.card"].sudo().with_context(active_test=False)
        return accounts_sudo.search(
            [
                ("partner_id", "in", self.ids),
                ("o2o_is_points_account", "=", True),
                ("o2o_merged_into_id", "=", False),
            ]
        )

    def _o2o_carry_points(self, survivor, merge):
        """Move the points account of each company; both are locked.

        Without an account of the survivor the account simply changes hands. Else its
        points move through the ledger and it ends: the rows stay where they are, the
        buckets go over, so waiting time, expiry and later returns stay what they were.
        """
        accounts = self._o2o_points_accounts().with_context(**LEDGER_CONTEXT)
        kept = survivor._o2o_points_accounts().with_context(**LEDGER_CONTEXT)
        for account in accounts:
            into = kept.filtered(
                lambda other, program=account.program_id: other.program_id == program
            )
            if not into:
                self._o2o_log_account(merge, account, into, round(account.points), 0)
                continue
            account._o2o_end_in(into, survivor, merge)

    def _o2o_log_account(self, merge, account, into, balance, before):
        after = round(into.points) if into else balance
        return self.env["o2o.member.merge.account"].create(
            {
                "merge_id": merge.id,
                "company_id": account.company_id.id,
                "account_id": account.id,
                "into_id": into.id,
                "joined_at": fields.Datetime.now(),
                "sequence": self.env["o2o.points.entry"]._next_place(),
                "balance": balance,
                "balance_before": before,
                "balance_after": after,
            }
        )

    # === contact data ===

    def _o2o_former_contact(self, survivor):
        """A contact below the survivor with the other's phone and e-mail."""
        self.ensure_one()
        return self.create(
            {
                "name": self.name,
                "parent_id": survivor.id,
                "type": "other",
                "phone": self.phone,
                "email": self.email,
                "company_id": survivor.company_id.id,
            }
        )

    def _o2o_has_other_contact_data(self, survivor):
        """Whether a phone or an e-mail would be lost: the survivor has another one."""
        self.ensure_one()
        phone, kept = clean_mobile(self.phone), clean_mobile(survivor.phone)
        email, kept_email = self.email_normalized, survivor.email_normalized
        return bool(
            (phone and kept and phone != kept)
            or (email and kept_email and email != kept_email)
        )

    # === facts ===

    def _o2o_merge_companies(self):
        """All companies these contacts belong to, in sudo."""
        partners_sudo = self.sudo().with_context(active_test=False)
        return (
            partners_sudo.company_id
            | partners_sudo.o2o_card_ids.company_id
            | partners_sudo._o2o_points_accounts().company_id
        )

    def _o2o_merge_facts(self):
        """What this member has, as JSON: for the comparison and for the log.

        Other addons add keys, and their labels in :meth:`_o2o_merge_labels`.
        """
        self.ensure_one()
        # sudo: callers checked that the user may merge this member
        partner_sudo = self.sudo()
        return {
            "since": self._o2o_first_card_day(),
            "cards": [
                f"{card.number} {card.state}" if card.state != "active" else card.number
                for card in partner_sudo.o2o_card_ids.sorted("id")
            ],
            "points": partner_sudo._o2o_merge_points(),
            **partner_sudo._o2o_merge_purchases(),
            "coupons": self.env["loyalty.card"]
            .sudo()
            .search_count(
                [
                    ("partner_id", "=", self.id),
                    ("o2o_is_points_account", "=", False),
                    ("points", ">", 0),
                ]
            ),
            "addresses": len(partner_sudo.child_ids),
            "logins": partner_sudo.user_ids.mapped("login"),
        }

    @api.model
    def _o2o_merge_labels(self):
        """The rows of the comparison, in order: {key of the facts: label}."""
        return {
            "phone": self.env._("Phone"),
            "email": self.env._("Email"),
            "birthday": self.env._("Birthday"),
            "since": self.env._("Member since"),
            "cards": self.env._("Cards"),
            "available": self.env._("Points available"),
            "pending": self.env._("Points pending"),
            "debt": self.env._("Points owed"),
            "orders": self.env._("Orders"),
            "till_orders": self.env._("Purchases at the till"),
            "last_purchase": self.env._("Last purchase"),
            "coupons": self.env._("Coupons"),
            "favourites": self.env._("Favourites"),
            "addresses": self.env._("Addresses"),
            "logins": self.env._("Login"),
        }

    def _o2o_first_card_day(self):
        dates = [d for d in self.sudo().o2o_card_ids.mapped("activated_at") if d]
        return fields.Date.to_string(min(dates).date()) if dates else None

    def _o2o_merge_points(self):
        """One dict per company where this member has an account."""
        points = []
        for company in self._o2o_points_accounts().company_id.sorted("id"):
            partner = self.with_company(company)
            points.append(
                {
                    "company": company.name,
                    "available": partner.o2o_points,
                    "pending": partner.o2o_points_pending,
                    "debt": partner.o2o_points_debt,
                }
            )
        return points

    def _o2o_merge_purchases(self):
        orders = self.env["sale.order"].search(
            Domain("partner_id", "=", self.id) & Domain("state", "=", "sale"),
            order="date_order desc",
        )
        tills = self.env["pos.order"].search(
            Domain("partner_id", "=", self.id)
            & Domain("state", "in", ["paid", "done"]),
            order="date_order desc",
        )
        dates = [*orders[:1].mapped("date_order"), *tills[:1].mapped("date_order")]
        facts = {
            "orders": len(orders),
            "till_orders": len(tills),
            "last_purchase": fields.Datetime.to_string(max(dates)) if dates else None,
        }
        if "product.wishlist" in self.env:
            facts["favourites"] = self.env["product.wishlist"].search_count(
                [("partner_id", "=", self.id)]
            )
        return facts

    # === comparison ===

    def _o2o_comparison(self, survivor=None):
        """Members side by side, as HTML; the caller checked that they may be shown.

        :param survivor: the first of them; adds a column with what it has after a merge
        """
        columns = [
            (partner.display_name, partner._o2o_identity() | partner._o2o_merge_facts())
            for partner in self
        ]
        if survivor:
            (title, facts), *others = columns
            columns = [(self.env._("%s (kept)", title), facts), *others]
            merged = self._o2o_merged_facts([facts for _title, facts in columns])
            columns.append((self.env._("After the merge"), merged))
        return self._o2o_render_comparison(columns)

    def _o2o_identity(self):
        """What tells whether this is one person; not kept in the log."""
        # sudo: callers checked that the user may merge this member
        partner_sudo = self.sudo()
        return {
            "phone": partner_sudo.phone or "",
            "email": partner_sudo.email or "",
            "birthday": fields.Date.to_string(partner_sudo.o2o_birthday) or None,
        }

    @api.model
    def _o2o_merged_facts(self, facts_list):
        """What one member has who was several: the first one stays."""
        merged = {}
        for facts in facts_list:
            for key, value in facts.items():
                merged[key] = self._o2o_merged_fact(key, merged.get(key), value)
        merged["logins"] = merged.get("logins", [])[:1]
        return merged

    @api.model
    def _o2o_merged_fact(self, key, kept, value):
        """Other addons say here how their fact of two members becomes one."""
        if not kept or not value:
            return kept or value
        if key == "points":
            return self._o2o_merged_points([*kept, *value])
        if key in {"phone", "email", "birthday"}:
            return kept
        if key in {"since", "last_purchase"}:
            return min(kept, value) if key == "since" else max(kept, value)
        return kept + value

    @api.model
    def _o2o_merged_points(self, lines):
        """Per company: a debt is paid from usable points, then from pending ones."""
        by_company = {}
        for line in lines:
            total = by_company.setdefault(line["company"], dict.fromkeys(line, 0))
            total["company"] = line["company"]
            for key in ("available", "pending", "debt"):
                total[key] += line[key]
        for total in by_company.values():
            for key in ("available", "pending"):
                paid = min(total["debt"], total[key])
                total[key] -= paid
                total["debt"] -= paid
        return list(by_company.values())

    @api.model
    def _o2o_render_comparison(self, columns):
        """:param list columns: (title, facts) of each member"""
        cells = [self._o2o_comparison_cells(facts) for _title, facts in columns]
        rows = [
            {"label": label, "cells": [cell.get(key, "") for cell in cells]}
            for key, label in self._o2o_merge_labels().items()
            if any(cell.get(key) not in {None, "", "0"} for cell in cells)
        ]
        return self.env["ir.qweb"]._render(
            "o2o_member.member_comparison",
            {"titles": [title for title, _facts in columns], "rows": rows},
        )

    @api.model
    def _o2o_comparison_cells(self, facts):
        """Facts as texts: {row of the comparison: text}."""
        cells = {}
        for key, value in facts.items():
            if key == "points":
                cells |= self._o2o_points_cells(value)
            elif isinstance(value, list):
                cells[key] = ", ".join(value)
            elif key in {"since", "last_purchase", "birthday"}:
                cells[key] = format_date(self.env, value) if value else ""
            else:
                cells[key] = str(value) if value is not None else ""
        return cells

    @api.model
    def _o2o_points_cells(self, points):
        """With several companies each number says whose points these are."""
        return {
            key: ", ".join(
                f"{line[key]} ({line['company']})"
                if len(points) > 1
                else f"{line[key]}"
                for line in points
                if line[key] or len(points) == 1
            )
            for key in ("available", "pending", "debt")
        }

    # === who stays ===

    def _o2o_propose_survivor(self):
        """Who has a login, then who bought last, then who is a member for longest."""
        # sudo: callers checked that the user may merge these members
        return max(
            self.sudo(),
            key=lambda partner: (
                bool(partner.user_ids),
                partner._o2o_merge_purchases()["last_purchase"] or "",
                partner.o2o_is_member,
                -partner.id,
            ),
            default=self,
        ).with_env(self.env)
