import { AlertDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { patch } from "@web/core/utils/patch";
import { RPCError } from "@web/core/network/rpc";
import { parseFloat } from "@web/views/fields/parsers";
import { NumberPopup } from "@point_of_sale/app/components/popups/number_popup/number_popup";
import { makeAwaitable } from "@point_of_sale/app/utils/make_awaitable_dialog";
import { O2oMemberCard } from "@o2o_member/app/screens/o2o_member_screen/member_card/member_card";
import { callWallet } from "@o2o_wallet/app/utils/o2o_wallet_call";
import { isWalletMethod } from "@o2o_wallet/app/utils/payment/payment_o2o_wallet";
import { _t } from "@web/core/l10n/translation";

/**
 * The wallet of a member, and topping it up at the till (PAY-05).
 *
 * A top-up is an order without goods: one line, below zero, puts the money into the wallet when
 * the order comes in; cash or card pay it. Nothing moves before that.
 */
patch(O2oMemberCard.prototype, {
    get walletMethod() {
        return this.pos.config.payment_method_ids.find(isWalletMethod);
    },

    async topUpWallet() {
        const { id, name } = this.card;
        let offer;
        try {
            offer = await callWallet(this.pos, "offer_topup", [id]);
        } catch (error) {
            this._tellWallet(this._walletProblem(error));
            return;
        }
        const text = await makeAwaitable(this.dialog, NumberPopup, {
            title: _t("Top up the wallet of %s", name),
            subtitle: (offer.campaigns || []).map((campaign) => campaign.name).join(" · "),
            startingValue: "",
        });
        const amount = text ? this.pos.currency.round(parseFloat(text)) : 0;
        if (amount > 0) {
            await this._startTopUp(id, amount);
        }
    },

    /** Nobody adds goods to a top-up, nor looks at another member, before it has begun. */
    async _startTopUp(id, amount) {
        this.ui.block();
        try {
            await this._makeTopUp(id, amount);
        } finally {
            this.ui.unblock();
        }
    },

    async _makeTopUp(id, amount) {
        const order = this.pos.addNewOrder();
        const problem = await this.members.setCustomer(id, this.members.getSale());
        const { data: line, status } = order.addPaymentline(this.walletMethod);
        if (problem || !status) {
            this._giveUpTopUp(order, problem || line);
            return;
        }
        line.setAmount(-amount);
        try {
            const args = [line.uuid, id, amount, order.uuid];
            const answer = await callWallet(this.pos, "start_topup", args);
            if (answer.status !== "ok") {
                this._giveUpTopUp(order, answer.message);
                return;
            }
            this._tellBonus(answer.topup);
        } catch (error) {
            this._giveUpTopUp(order, this._walletProblem(error));
            return;
        }
        line.setPaymentStatus("done");
        this.props.onDone();
        this.pos.navigate("PaymentScreen", { orderUuid: order.uuid });
    },

    _tellBonus({ bonus }) {
        if (bonus) {
            const text = _t("With a bonus of %s.", this.env.utils.formatCurrency(bonus));
            this.notification.add(text, { type: "info" });
        }
    },

    /** Nothing has moved: the order was only a way to pay. */
    _giveUpTopUp(order, message) {
        this.pos.removeOrder(order);
        this._tellWallet(message);
    },

    _walletProblem(error) {
        return (
            (error instanceof RPCError && error.data?.message) ||
            _t("The server was not reached. Please try again.")
        );
    },

    _tellWallet(body) {
        this.dialog.add(AlertDialog, { title: _t("Member wallet"), body });
    },
});
