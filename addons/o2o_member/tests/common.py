from odoo.tests import new_test_user

from odoo.addons.base.tests.common import BaseCommon


class MemberCommon(BaseCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # messages and pages are compared in English, whatever the database speaks
        cls.env["res.lang"]._activate_lang("en_US")
        cls.company = cls.env.company
        cls.company.write(
            {
                "o2o_points_per_unit": 1.0,
                "o2o_points_pending_days": 0,
                "o2o_points_valid_months": 0,
            }
        )
        cls.Card = cls.env["o2o.card"]
        cls.Entry = cls.env["o2o.points.entry"]
        cls.user = new_test_user(
            cls.env,
            login="o2o_m_user",
            groups="o2o_member.o2o_member_group_user",
            lang="en_US",
        )
        cls.manager = new_test_user(
            cls.env,
            login="o2o_m_manager",
            groups="o2o_member.o2o_member_group_manager",
            lang="en_US",
        )
        cls.auditor = new_test_user(
            cls.env,
            login="o2o_m_auditor",
            groups="o2o_member.o2o_member_group_auditor",
            lang="en_US",
        )
        cls.cashier = new_test_user(
            cls.env,
            login="o2o_m_cashier",
            groups="point_of_sale.group_pos_user",
            lang="en_US",
        )
        cls.employee = new_test_user(
            cls.env, login="o2o_m_employee", groups="base.group_user", lang="en_US"
        )

    @classmethod
    def _create_card(cls, number="88000001", code="123456", **values):
        return cls.Card.create(
            {
                "number": number,
                "code_hash": cls.Card._code_hash(number, code),
                **values,
            }
        )

    @classmethod
    def _create_member(cls, name="O2O Member", number="88000100"):
        partner = cls.env["res.partner"].create({"name": name, "phone": "13800138000"})
        cls._create_card(number)._activate(partner)
        return partner

    @classmethod
    def _account(cls, partner):
        return partner._o2o_points_account()
