from datetime import datetime
from unittest.mock import patch

from odoo import fields


from .common import MemberCommon


class LevelCommon(MemberCommon):
    """Members who buy; the company is in Shanghai, its four levels are small numbers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "Asia/Shanghai"
        cls.company._o2o_ensure_levels()
        levels = cls.company._o2o_levels()
        cls.ordinary, cls.silver, cls.gold, cls.diamond = levels
        cls.silver.write({"spend_min": 1000, "count_min": 0, "grace_days": 30})
        cls.gold.write(
            {"spend_min": 5000, "count_min": 5, "needs_both": True, "grace_days": 30}
        )
        cls.diamond.write({"spend_min": 20000, "count_min": 0, "grace_days": 0})
        levels.window_months = 12
        cls.History = cls.env["o2o.level.membership"]
        cls.Grant = cls.env["o2o.level.grant"]
        cls.member = cls._create_member()
        cls._shares = []
        cls.startClassPatcher(
            patch.object(
                type(cls.env["res.partner"]),
                "_o2o_purchases",
                cls._fake_purchases(),
            )
        )

    @classmethod
    def _fake_purchases(cls):
        shares = cls._shares

        def _o2o_purchases(partners, since):
            starts = (
                since if isinstance(since, dict) else dict.fromkeys(partners.ids, since)
            )
            result = {}
            for share in shares:
                start = starts.get(share["partner"].id)
                if start and share["kept"] > 0 and share["at"] >= start:
                    if share["company"] != partners.env.company:
                        continue
                    spend, count = result.get(share["partner"], (0.0, 0))
                    result[share["partner"]] = (spend + share["kept"], count + 1)
            return result

        return _o2o_purchases

    def setUp(self):
        super().setUp()
        self._shares.clear()

    @classmethod
    def _buy(cls, partner, amount, at=None, evaluate=True):
        """A completed purchase; returns its share for :meth:`_take_back`."""
        at = fields.Datetime.to_datetime(at) if at else datetime.now()
        share = {"partner": partner, "kept": amount, "at": at, "company": cls.env.company}
        cls._shares.append(share)
        if evaluate:
            partner._o2o_evaluate_levels()
        return share

    @classmethod
    def _take_back(cls, share, evaluate=True):
        share["kept"] = 0
        if evaluate:
            share["partner"]._o2o_evaluate_levels()

    def _current(self, partner=None):
        return (partner or self.member)._o2o_current_memberships().get(
            partner or self.member
        )
