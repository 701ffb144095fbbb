from odoo.tests import new_test_user

from .common import MemberCommon


class TillCommon(MemberCommon):
    """An open till, a cashier at it, and a few members."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # whoever is in the database already: a demo shop has members, too
        cls.known_id = cls.env["res.partner"].search([], order="id desc", limit=1).id
        cls.config = cls.env["pos.config"].create({"name": "Till One"})
        cls.session = cls._open_session(cls.config)
        cls.till = cls.env["o2o.member.till"].with_user(cls.cashier)
        cls.member = cls._create_till_member("陈晓雨", "88000101", "138 0013 8001")
        cls.portal = new_test_user(
            cls.env, login="o2o_m_portal", groups="base.group_portal", lang="en_US"
        )

    @classmethod
    def _open_session(cls, config):
        session = cls.env["pos.session"].create(
            {"config_id": config.id, "user_id": cls.cashier.id}
        )
        session.state = "opened"
        return session

    @classmethod
    def _create_till_member(cls, name, number, phone):
        partner = cls.env["res.partner"].create({"name": name, "phone": phone})
        cls._create_card(number)._activate(partner)
        cls.env.flush_all()
        return partner

    def _look_up(self, query, till=None):
        return (self.till if till is None else till).look_up(self.config.id, query)

    def _found(self, query):
        """Ids of the members a query finds, in the order shown."""
        answer = self._look_up(query)
        self.assertEqual(answer["status"], "ok", answer)
        return [row["id"] for row in answer["rows"] if row["id"] > self.known_id]
