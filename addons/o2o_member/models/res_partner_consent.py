from odoo import fields, models

from .o2o_consent_text import CONSENT_PURPOSES


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _o2o_record_consent(self, purpose, granted, text=None):
        """Log that this partner agrees to the current text, or takes it back.

        Nothing new is logged when that is already so.

        :param text: the text that was shown, when it may have been replaced since
        :return: the row that holds, in sudo; empty when there is nothing to log
        """
        self.ensure_one()
        last_sudo = self._o2o_last_consent(purpose)
        # sudo: members and visitors cannot read texts
        text_sudo = (
            text or self.env["o2o.consent.text"].sudo()._current(purpose)
        ).sudo()
        if granted:
            is_known = last_sudo.is_granted and last_sudo.text_id == text_sudo
        else:
            is_known = not last_sudo.is_granted
            text_sudo = last_sudo.text_id  # what is taken back
        if is_known or not text_sudo:
            return last_sudo
        # sudo: nobody has the right to write the log
        return (
            self.env["o2o.consent"]
            .sudo()
            .create(
                {
                    "partner_id": self.id,
                    "purpose": purpose,
                    "is_granted": granted,
                    "text_id": text_sudo.id,
                    "given_at": fields.Datetime.now(),
                    "actor_id": self.env.uid,
                }
            )
        )

    def _o2o_has_consent(self, purpose):
        return self._o2o_last_consent(purpose).is_granted

    def _o2o_last_consent(self, purpose):
        """The row that holds for a purpose, in sudo, or an empty recordset."""
        self.ensure_one()
        # sudo: the rows of this one partner, for the server's own checks and the page
        # of that partner
        return (
            self.env["o2o.consent"]
            .sudo()
            .search(
                [("partner_id", "=", self.id), ("purpose", "=", purpose)],
                order="id desc",
                limit=1,
            )
        )

    def _o2o_consents(self):
        """What holds for each purpose that has a text.

        :return: list of dicts: purpose, label, text (current, in sudo), consent (last
            row, in sudo), is_granted, is_outdated (agreed to an older text)
        """
        self.ensure_one()
        labels = dict(
            self.env["o2o.consent"]._fields["purpose"]._description_selection(self.env)
        )
        rows = []
        for purpose, _label in CONSENT_PURPOSES:
            # sudo: see _o2o_last_consent
            text_sudo = self.env["o2o.consent.text"].sudo()._current(purpose)
            if not text_sudo:
                continue
            last_sudo = self._o2o_last_consent(purpose)
            rows.append(
                {
                    "purpose": purpose,
                    "label": labels[purpose],
                    "text": text_sudo,
                    "consent": last_sudo,
                    "is_granted": last_sudo.is_granted,
                    "is_outdated": last_sudo.is_granted
                    and last_sudo.text_id != text_sudo,
                }
            )
        return rows
