import { markRaw } from "@odoo/owl";
import { AlertDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { RPCError } from "@web/core/network/rpc";
import { makeAwaitable } from "@point_of_sale/app/utils/make_awaitable_dialog";
import { PaymentInterface } from "@point_of_sale/app/utils/payment/payment_interface";
import { register_payment_method } from "@point_of_sale/app/services/pos_store";
import { callWallet } from "@o2o_wallet/app/utils/o2o_wallet_call";
import { O2oWalletDialog } from "@o2o_wallet/app/screens/o2o_wallet_dialog/o2o_wallet_dialog";
import { _t } from "@web/core/l10n/translation";

/** `use_payment_terminal` of the payment methods that ask for a wallet. */
export const WALLET = "o2o_wallet";
/** The member is being asked. */
export const ASKING = "o2o_wallet_asking";
/** Nobody knows whether the money was set aside. */
export const UNKNOWN = "o2o_wallet_unknown";

/** @returns {boolean} whether a payment method pays from wallets */
export function isWalletMethod(method) {
    return method?.use_payment_terminal === WALLET;
}

/** @returns {boolean} whether a payment line is one of ours */
export function isWalletLine(line) {
    return isWalletMethod(line?.payment_method_id);
}

/** @returns {boolean} whether the server may be about to set money aside for a line */
export function isOpenWalletLine(line) {
    return isWalletLine(line) && [ASKING, UNKNOWN].includes(line.getPaymentStatus());
}

/**
 * Member wallet as a tender (PAY-05).
 *
 * The server sets the money aside under the name of the payment line and takes it when the sale
 * comes in. It never sets the same line aside twice, so a line without an answer stays as it is
 * until the server was asked what became of it; nothing else is charged meanwhile.
 */
export class PaymentO2oWallet extends PaymentInterface {
    setup() {
        super.setup(...arguments);
        this.supports_reversals = true;
        /** A line that is dropped takes nothing: what was set aside for it is free again. */
        this.isTakenWithSale = true;
        // raw: the till wraps payment interfaces, and a wrapped wait is not the wait itself
        /** What the payment screen waits for, by uuid of the line. */
        this.waits = markRaw(new Map());
    }

    // === THE PAYMENT SCREEN === //

    async sendPaymentRequest(uuid) {
        await super.sendPaymentRequest(...arguments);
        const line = this._getLine(uuid);
        line.setPaymentStatus(ASKING);
        if (line.getAmount() < 0) {
            return this._refund(line);
        }
        const answer = await this._askMember(line);
        if (answer?.status === "unknown") {
            return this._wait(line);
        }
        return answer?.status === "ok" && this._takeOver(line, answer.payment);
    }

    /** @returns {Promise<boolean>} whether the money is free again */
    async sendPaymentCancel(order, uuid) {
        await super.sendPaymentCancel(...arguments);
        return (await this.sendPaymentReversal(uuid)) === true;
    }

    /** @returns {Promise<boolean|null>} whether the money is free again; null: nobody knows */
    async sendPaymentReversal(uuid) {
        await super.sendPaymentReversal(...arguments);
        try {
            const payment = await this._call("cancel", [uuid]);
            return payment.state !== "captured";
        } catch (error) {
            return error instanceof RPCError ? false : null;
        }
    }

    /** Find out what became of a line; charges nothing. */
    async askAgain(uuid) {
        let payments;
        try {
            payments = await this._call("look", [[uuid]]);
        } catch {
            this._tell(_t("The server was not reached. Please try again."), "warning");
            return;
        }
        const line = this._getLine(uuid);
        if (!line) {
            return;
        }
        const payment = payments[0];
        const isHeld = ["held", "captured"].includes(payment?.state);
        if (isHeld) {
            this._takeOver(line, payment);
        } else {
            this._tell(_t("Nothing was taken from the wallet."), "info");
        }
        this._end(line, isHeld);
    }

    // === ASKING === //

    /** @returns {Promise<object|undefined>} the last answer; nothing when the cashier gave up */
    _askMember(line) {
        const { uuid } = line;
        const partner = line.pos_order_id.getPartner();
        return makeAwaitable(this.pos.dialog, O2oWalletDialog, {
            amount: this.env.utils.formatCurrency(line.getAmount()),
            partner: partner ? { id: partner.id, name: partner.name } : false,
            authorise: (who) => this._authorise(uuid, line.getAmount(), who),
        });
    }

    async _authorise(uuid, amount, who) {
        try {
            return await this._call("authorise", [uuid, amount, who]);
        } catch (error) {
            if (error instanceof RPCError) {
                return { status: "refused", message: error.data?.message || error.message };
            }
            return { status: "unknown", message: "" };
        }
    }

    /** The money moves when the refund is sold; here it is only asked whether it can. */
    async _refund(line) {
        const order = line.pos_order_id.refunded_order_id;
        const orderId = typeof order?.id === "number" ? order.id : null;
        try {
            const args = [line.uuid, -line.getAmount(), orderId];
            const { status, message } = await this._call("check_refund", args);
            if (status !== "ok") {
                this._alert(message);
            }
            return status === "ok";
        } catch (error) {
            const isRefused = error instanceof RPCError;
            this._alert(
                (isRefused && error.data?.message) ||
                    _t("The server was not reached. Please try again.")
            );
            return false;
        }
    }

    // === OUTCOMES === //

    /** What was set aside counts, whatever the line says. */
    _takeOver(line, { amount, uuid, partner }) {
        if (line.getAmount() !== amount) {
            line.setAmount(amount);
        }
        line.update({ transaction_id: uuid });
        this._setPartner(line.pos_order_id, partner);
        return true;
    }

    /** The member who pays is the customer, unless the order has one. */
    async _setPartner(order, { id }) {
        if (order.getPartner()) {
            return;
        }
        let partner = this.pos.models["res.partner"].get(id);
        if (!partner) {
            try {
                [partner] = await this.pos.data.read("res.partner", [id]);
            } catch {
                return; // the sale goes on without a name
            }
        }
        if (partner && !order.getPartner() && !order.finalized) {
            order.setPartner(partner);
        }
    }

    _wait(line) {
        line.setPaymentStatus(UNKNOWN);
        return new Promise((resolve) => this.waits.set(line.uuid, resolve));
    }

    _end(line, isDone) {
        const resolve = this.waits.get(line.uuid);
        this.waits.delete(line.uuid);
        if (resolve) {
            resolve(isDone);
        } else {
            // the till was loaded anew since it asked
            line.handlePaymentResponse(isDone);
        }
    }

    // === HELPERS === //

    _call(method, args) {
        return callWallet(this.pos, method, args);
    }

    _getLine(uuid) {
        return this.pos.models["pos.payment"].getBy("uuid", uuid);
    }

    _alert(body) {
        this.pos.dialog.add(AlertDialog, { title: _t("Member wallet"), body });
    }

    _tell(message, type) {
        this.pos.notification.add(message, { type });
    }
}

register_payment_method(WALLET, PaymentO2oWallet);
