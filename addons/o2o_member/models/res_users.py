from odoo import api, models


class ResUsers(models.Model):
    _inherit = "res.users"

    @api.model
    def _o2o_keep_one_login(self, survivor, source):
        """Of all logins of two members that become one, the survivor's stays (MEM-12).

        The others are archived, which ends their sessions, and free their login, so
        that it can be used again. They hang on a contact below the survivor that keeps
        the other's phone and e-mail. Runs as superuser.
        """
        users = (survivor | source).with_context(active_test=False).user_ids
        keeper = max(
            users,
            key=lambda user: (
                user.active,
                user.partner_id == survivor,
                user.login_date.timestamp() if user.login_date else 0,
            ),
            default=users,
        )
        others = users - keeper
        if not others and not source._o2o_has_other_contact_data(survivor):
            return
        former = source._o2o_former_contact(survivor)
        for user in others:
            user.write(
                {
                    "active": False,
                    "login": f"{user.login} (merged {user.id})",
                    "partner_id": former.id,
                }
            )
