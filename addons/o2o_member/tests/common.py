from odoo.fields import Command

from odoo.addons.base.tests.common import BaseCommon


def new_test_users(env, lang=None, **groups):
    """Several people at once, each as ``new_test_user`` makes one, in half the time.

    :param groups: XML IDs of groups, with commas, by login
    """
    return env["res.users"].create(
        [
            {
                "login": login,
                "password": login.ljust(8, "x"),
                "name": f"{login} ({names})",
                "email": f"{login[0]}.{login[0]}@example.com",
                "group_ids": [
                    Command.set([env.ref(name).id for name in names.split(",")])
                ],
                **({"lang": lang} if lang else {}),
            }
            for login, names in groups.items()
        ]
    )


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
        cls.user, cls.manager, cls.auditor, cls.cashier, cls.employee = new_test_users(
            cls.env,
            lang="en_US",
            o2o_m_user="o2o_member.o2o_member_group_user",
            o2o_m_manager="o2o_member.o2o_member_group_manager",
            o2o_m_auditor="o2o_member.o2o_member_group_auditor",
            o2o_m_cashier="point_of_sale.group_pos_user",
            o2o_m_employee="base.group_user",
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
