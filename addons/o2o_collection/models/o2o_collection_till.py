"""What a till asks about the money of couriers."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.o2o_payment.money import from_fen

from ..const import CARRIED_WAYS, MAX_FEN

#: deliveries on their way that the dialog shows
UNDERWAY_LIMIT = 100


class O2oCollectionTill(models.AbstractModel):
    """The dialog "Courier's money" of a till: who has what, and taking it over."""

    _name = "o2o.collection.till"
    _description = "Couriers' Money at a Till"

    @api.model
    def pos_list(self, config_id):
        """Who of the store has money, and what is still to be collected.

        :param int config_id: the till asking
        :return: dict ``couriers`` (``id``, ``name``, ``cash_fen``, ``cash``,
            ``slip_count``, ``slips``, ``count``, ``since``, ``is_here``: began the
            hand-over on the phone), ``underway`` (``id``, ``order_name``, ``amount``,
            ``courier_id``, ``is_overdue``), ``staff`` (``id``, ``name``)
        :raise AccessError: the caller does not work at that till
        """
        config_sudo, store_sudo = self._get_till_sudo(config_id)
        payments_sudo = (
            self.env["o2o.collection.payment"]
            .sudo()
            .search(
                Domain("store_id", "=", store_sudo.id)
                & Domain("way", "in", CARRIED_WAYS)
                & Domain("handover_id", "=", False),
                order="id",
            )
        )
        here_sudo = self._find_open_sudo(store_sudo)
        underway_sudo = (
            self.env["o2o.collection"]
            .sudo()
            .search(
                Domain("store_id", "=", store_sudo.id)
                & Domain("state", "=", "to_collect"),
                order="id",
                limit=UNDERWAY_LIMIT,
            )
        )
        return {
            "couriers": [
                {
                    **self._prepare_courier_dict(courier, payments),
                    "is_here": courier in here_sudo.courier_id,
                }
                for courier, payments in payments_sudo.grouped("user_id").items()
            ],
            "underway": [
                {
                    "id": row.id,
                    "order_name": row.order_id.name,
                    "amount": row.open_amount,
                    "courier_id": row.courier_id.id,
                    "courier_name": row.courier_id.name or "",
                    "is_overdue": row.is_overdue,
                }
                for row in underway_sudo
            ],
            "staff": [
                {"id": user.id, "name": user.name} for user in store_sudo.user_ids
            ],
        }

    @api.model
    def _prepare_courier_dict(self, courier, payments):
        cash = payments.filtered(lambda payment: payment.way == "cash")
        slips = payments - cash
        cash_fen = sum(cash.mapped("amount_fen"))
        return {
            "id": courier.id,
            "name": courier.name,
            "cash_fen": cash_fen,
            "cash": from_fen(cash_fen),
            "slip_count": len(slips),
            "slips": from_fen(sum(slips.mapped("amount_fen"))),
            "count": len(payments),
            "since": fields.Datetime.to_string(min(payments.mapped("taken_at"))),
        }

    @api.model
    def pos_take(self, config_id, courier_id, values):
        """The cashier has counted and the courier has told the code: the till takes
        what the courier has.

        :param dict values: ``counted_fen``, ``expected_fen`` (as the dialog showed),
            ``slip_count`` and ``slip_fen`` (slips in the hand of the cashier; needed
            where the courier has slips), ``code``, ``reason`` where something differs
        :return: dict ``status``: ``ok``; ``refused`` (``message``)
        :raise AccessError: the caller does not work at that till
        """
        config_sudo, store_sudo = self._get_till_sudo(config_id)
        values = values if isinstance(values, dict) else {}
        counted = values.get("counted_fen")
        if not self._is_fen(counted):
            return self._refuse(self.env._("Count the cash and enter the amount."))
        handover_sudo = self._find_open_sudo(store_sudo).filtered(
            lambda it: it.courier_id.id == courier_id
        )
        if not handover_sudo:
            return self._refuse(
                self.env._(
                    "Nothing is left to hand over, or the courier has not begun: on the"
                    " phone, press “Hand over my money”."
                )
            )
        handover_sudo._lock()
        if handover_sudo.state != "open":
            return self._refuse(self.env._("This money was handed over already."))
        if not handover_sudo._try_code(values.get("code")):
            # an answer, no error: an error would roll the count of tries back
            return self._refuse(
                self.env._(
                    "This is not the code on the courier's phone. After five mistakes"
                    " the courier has to ask for a new one."
                )
            )
        held = handover_sudo._get_held(store_sudo, handover_sudo.courier_id)
        cash = held.filtered(lambda payment: payment.way == "cash")
        if values.get("expected_fen") != sum(cash.mapped("amount_fen")):
            return self._refuse(
                self.env._("The courier has other money by now: please look again.")
            )
        default = None if held - cash else 0
        slips = [values.get(name, default) for name in ("slip_count", "slip_fen")]
        if not all(map(self._is_fen, slips)):
            return self._refuse(
                self.env._("Enter how many card slips you have, and their sum.")
            )
        try:
            with self.env.cr.savepoint():
                handover_sudo._complete(
                    config_sudo, counted, *slips, values.get("reason")
                )
                self.env.flush_all()
        except UserError as error:
            handover_sudo.invalidate_recordset()
            return self._refuse(str(error))
        return {
            "status": "ok",
            "message": "",
            "name": handover_sudo.name,
            "difference": handover_sudo.difference_amount,
        }

    @api.model
    def pos_assign(self, config_id, collection_id, courier_id):
        """Give a delivery to somebody of the store, or (0) to nobody.

        :return: dict ``status``: ``ok`` or ``refused`` (``message``)
        :raise AccessError: the caller does not work at that till
        """
        _config_sudo, store_sudo = self._get_till_sudo(config_id)
        row_sudo = (
            self.env["o2o.collection"]
            .sudo()
            .search(
                [
                    ("store_id", "=", store_sudo.id),
                    ("id", "=", collection_id if type(collection_id) is int else 0),
                ]
            )
        )
        courier = store_sudo.user_ids.filtered(lambda user: user.id == courier_id)
        if not row_sudo or (courier_id and not courier):
            return self._refuse(self.env._("This delivery is not yours any more."))
        row_sudo._lock()
        try:
            row_sudo._assign(courier)
        except UserError as error:
            return self._refuse(str(error))
        return {"status": "ok", "message": ""}

    # === THE CALLER === #

    @api.model
    def _get_till_sudo(self, config_id):
        """The open till and its store, for a caller who works there."""
        config_sudo = self.env["o2o.payment.till"]._get_till_sudo(config_id)
        if not config_sudo.o2o_store_id:
            raise UserError(self.env._("This till belongs to no store."))
        if config_sudo.current_session_id.state != "opened":
            raise UserError(self.env._("Open the till first."))
        return config_sudo, config_sudo.o2o_store_id

    @api.model
    def _find_open_sudo(self, store_sudo):
        """Hand-overs that couriers have begun on their phones."""
        return (
            self.env["o2o.collection.handover"]
            .sudo()
            .search([("store_id", "=", store_sudo.id), ("state", "=", "open")])
        )

    @api.model
    def _is_fen(self, number):
        return type(number) is int and 0 <= number <= MAX_FEN

    @api.model
    def _refuse(self, message):
        return {"status": "refused", "message": message}
