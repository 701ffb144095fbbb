"""Taking money, and the end of a collection."""

import re

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.o2o_member.lib.bank_card import is_bank_card
from odoo.addons.o2o_payment.money import from_fen

_REFERENCE = re.compile(r"[A-Z0-9]{4,32}")
_NOT_OF_REFERENCE = re.compile(r"[^A-Z0-9]")
_CARD_END = re.compile(r"[0-9]{4}")
_KEY = re.compile(r"[A-Za-z0-9-]{8,64}")


class O2oCollection(models.Model):
    _inherit = "o2o.collection"

    # === TAKING === #

    def _take_cash(self, received_fen, key):
        """The courier was given notes; what is too much goes back as change.

        :param int received_fen: what the customer gave
        :return: ``o2o.collection.payment``, new or known by its key
        :raise UserError: nothing is open, or a code is being paid
        """
        self._lock()
        if known := self._find_payment(key):
            return known
        amount = min(received_fen, self.open_fen)
        return self._take_money("cash", amount, key, received_fen=received_fen)

    def _take_card(self, fen, reference, card_end, key):
        """A hand-held terminal has charged a bank card; its slip is written down.

        :param str reference: the slip's reference number; only its letters and digits
            count, in upper case, so that one slip is one number in the whole company
        :param str card_end: the last four digits of the card, no more
        :raise UserError: a slip that was used, or the number of a card
        """
        self._lock()
        if known := self._find_payment(key):
            return known
        reference, card_end = reference.strip(), card_end.strip()
        if any(is_bank_card(text) for text in (reference, card_end)):
            raise UserError(
                self.env._(
                    "This is the number of a bank card: it must not be kept. Enter the"
                    " reference number of the slip."
                )
            )
        reference = _NOT_OF_REFERENCE.sub("", reference.upper())
        if not _REFERENCE.fullmatch(reference):
            raise UserError(
                self.env._("Enter the reference number as it is on the slip.")
            )
        if not _CARD_END.fullmatch(card_end):
            raise UserError(self.env._("Enter the last four digits of the card."))
        used = self.payment_ids.search(
            [
                ("company_id", "=", self.company_id.id),
                ("way", "=", "card"),
                ("reference", "=", reference),
            ]
        )
        if used:
            raise UserError(
                self.env._(
                    "This slip was used for %s already.", used.collection_id.name
                )
            )
        return self._take_money(
            "card", fen, key, reference=reference, card_end=card_end
        )

    def _find_payment(self, key):
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            raise UserError(self.env._("Please reload the page."))
        return self.payment_ids.filtered(lambda payment: payment.key == key)

    def _take_money(self, way, fen, key, **vals):
        """Write money down that the courier has. The caller holds the lock.

        :raise UserError: not this amount, or not now
        """
        self.ensure_one()
        self._ensure_can_take(fen)
        transaction = self._create_transaction(way, fen)
        payment = self._note_payment(way, fen, key, transaction, self.env.user, **vals)
        transaction._set_done()
        # letters, invoices and books follow in a job: nobody waits for them at a door
        self.env.ref("payment.cron_post_process_payment_tx").sudo()._trigger()
        return payment

    def _ensure_can_take(self, fen):
        self.ensure_one()
        if self.state != "to_collect":
            raise UserError(self.env._("This collection is finished already."))
        if self._get_blocking_codes():
            raise UserError(
                self.env._(
                    "A code is being paid: wait for it, or cancel the code first."
                )
            )
        if not self.open_fen:
            payment = self.payment_ids[:1]
            raise UserError(
                self.env._(
                    "Everything was paid already, taken by %s.", payment.user_id.name
                )
            )
        others = self.order_id.o2o_fulfillment_ids.collection_ids
        left = self.order_id._o2o_get_door_fen() - sum(others.mapped("collected_fen"))
        if fen > left:
            raise UserError(
                self.env._(
                    "The order was paid in another way meanwhile: take no money, and"
                    " ask head office."
                )
            )
        if not 0 < fen <= self.open_fen:
            raise UserError(
                self.env._(
                    "No more than %s is open.",
                    self.currency_id.format(from_fen(self.open_fen)),
                )
            )

    def _note_payment(self, way, fen, key, transaction, user, **vals):
        """The row of the ledger."""
        self.ensure_one()
        # who was told that nothing came is told when this money stays away
        self.told_at = False
        return self.payment_ids.create(
            {
                "collection_id": self.id,
                "store_id": self.store_id.id,
                "company_id": self.company_id.id,
                "user_id": user.id,
                "way": way,
                "amount_fen": fen,
                "received_fen": fen,
                "key": key,
                "transaction_id": transaction.id,
                **vals,
            }
        )

    # === ODOO'S PAYMENT === #

    def _get_promise(self):
        """Odoo's transaction that says "paid on delivery", waiting; may be empty."""
        return self.order_id._o2o_get_payments().filtered(
            lambda tx: tx.state == "pending" and tx._o2o_is_on_receipt()
        )

    def _get_provider(self):
        """Odoo's cash on delivery: that of the order, or of the company."""
        self.ensure_one()
        provider = self._get_promise()[:1].provider_id or self.env[
            "payment.provider"
        ].search(
            [
                ("custom_mode", "=", "cash_on_delivery"),
                ("company_id", "parent_of", self.company_id.id),
            ],
            limit=1,
        )
        if not provider:
            raise UserError(
                self.env._(
                    "Odoo's payment provider “Cash on Delivery” is missing: head office"
                    " has to set it up."
                )
            )
        return provider

    def _create_transaction(self, way, fen, provider=None):
        """Odoo's payment of the order: invoices, books and refunds stand on it.

        The promise of the checkout stays as it is until the last part is finished: an
        order with three parcels is paid three times.
        """
        self.ensure_one()
        provider = provider or self._get_provider()
        method = provider.with_context(active_test=False).payment_method_ids[:1]
        return self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": method.id
                or self.env.ref("payment.payment_method_unknown").id,
                "amount": from_fen(fen),
                "currency_id": self.currency_id.id,
                "partner_id": self.partner_id.id,
                "operation": "online_redirect" if way == "qr" else "offline",
                "sale_order_ids": [Command.set(self.order_id.ids)],
                "o2o_collection_id": self.id,
                "o2o_door_way": way,
            }
        )

    # === THE END === #

    def _finish(self, signature=None, photo=None):
        """Everything was paid and the goods are handed over; silent the second time.

        :param str signature: base64 of an image
        :param str photo: the same
        :raise UserError: something is open, or the proof is missing
        """
        self._lock()
        if self.state != "to_collect":
            return
        self._ensure_no_code()
        if self.open_fen:
            raise UserError(
                self.env._(
                    "%s is still open: take it, or say why it is not paid.",
                    self.currency_id.format(from_fen(self.open_fen)),
                )
            )
        self._ensure_proof(signature, photo)
        self._close("collected", signature=signature, photo=photo)

    def _give_up(self, reason, signature=None, photo=None):
        """The customer pays no more: in part, or not at all.

        Of what was paid in part the goods count as delivered; what comes back is
        returned at the till, where it is set off against what was never paid. Of what
        was refused all goods come back.

        :raise UserError: no reason, or nothing is open
        """
        self._lock()
        if self.reason and self.state not in ("to_collect", "cancelled"):
            return
        reason = (reason or "").strip()[:200]
        if not reason:
            raise UserError(self.env._("Say why it is not paid."))
        self._ensure_no_code()
        if self.state != "to_collect" or not self.open_fen:
            raise UserError(self.env._("Nothing is open here."))
        if self.collected_fen:
            self._ensure_proof(signature, photo)
        self._close(
            "partly" if self.collected_fen else "refused",
            refused_fen=self.refused_fen + self.open_fen,
            reason=reason,
            signature=signature,
            photo=photo,
        )
        self.order_id._o2o_raise_problem(
            "payment",
            self.env._(
                "%(courier)s could not collect %(amount)s at the door: %(reason)s",
                courier=self.env.user.name,
                amount=self.currency_id.format(self.refused_amount),
                reason=reason,
            ),
            fulfillment=self.fulfillment_id,
        )

    def _ensure_no_code(self):
        if self._get_blocking_codes():
            raise UserError(
                self.env._(
                    "A code is being paid: wait for it, or cancel the code first."
                )
            )

    def _ensure_proof(self, signature, photo):
        if self.company_id.o2o_door_proof_required and not (signature or photo):
            raise UserError(
                self.env._("Let the customer sign, or take a photo of the hand-over.")
            )

    def _close(self, state, **vals):
        """What follows from the end of a collection, once."""
        self.ensure_one()
        if not self._enter(
            state,
            closed_at=fields.Datetime.now(),
            closed_by_id=self.env.uid,
            **vals,
        ):
            return
        self._end_watch()
        fulfillment = self.fulfillment_id
        if state == "refused":
            # the goods did not arrive, so they do not count as received by the calendar
            self.env["o2o.timer"]._clear(fulfillment, "receive")
        else:
            if fulfillment.state == "shipped":
                fulfillment._mark_received()
            fulfillment.is_collected = True
        self._settle_order()
        self._settle()

    def _settle(self):
        """Finished, and nobody carries its money: handed over; and settled where no
        difference is open. Called whenever one of these may have changed; the caller
        holds the lock."""
        for collection in self:
            if (
                collection.state not in ("collected", "partly", "handed_over")
                or collection._get_carried()
            ):
                continue
            handovers = collection.payment_ids.handover_id
            if handovers and collection._enter("handed_over"):
                collection._end_watch()
            if "open" not in handovers.mapped("difference_state"):
                collection._enter("settled")

    def _settle_order(self):
        """After the last part, the promise of the checkout has been kept, or not."""
        self.ensure_one()
        order = self.order_id
        parts = order.o2o_fulfillment_ids
        if any(part._is_open() for part in parts) or any(
            part.collection_ids.filtered(lambda it: it.state == "to_collect")
            for part in parts
        ):
            return
        self._get_promise()._set_canceled(
            state_message=self.env._("Paid at the door, as the other payments say.")
            if any(part.collection_ids.payment_ids for part in parts)
            else self.env._("Not paid at the door.")
        )
