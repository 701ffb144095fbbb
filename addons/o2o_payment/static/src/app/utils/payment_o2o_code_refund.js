import { browser } from "@web/core/browser/browser";
import { patch } from "@web/core/utils/patch";
import { RPCError } from "@web/core/network/rpc";
import { isCodeLine, LOOK_MS, PaymentO2oCode } from "@o2o_payment/app/utils/payment_o2o_code";
import { _t } from "@web/core/l10n/translation";

const MAX_AGAIN = 10;
const AGAIN_MS = 300;

/** @returns {boolean} whether a line gives money back */
function isRefundLine(line) {
    return line?.getAmount() < 0;
}

/** @returns {boolean} whether a refund was asked for in vain: a request may be on its way */
export function isRefusedRefund(line) {
    return isCodeLine(line) && isRefundLine(line) && line.getPaymentStatus() === "retry";
}

/**
 * What a code has paid goes back by its gateway.
 *
 * The server promises a refund under the name of the line and sends it by itself; here it is asked
 * for, and looked at. So a lost answer, a reload and a second tab give back once, and a line that
 * was refused may be sent again.
 */
patch(PaymentO2oCode.prototype, {
    async sendPaymentRequest(uuid) {
        const line = this._getLine(uuid);
        if (!isRefundLine(line)) {
            return super.sendPaymentRequest(...arguments);
        }
        line.setPaymentStatus("waitingCard");
        this.resumed.add(uuid);
        const isGiven = await this._refund(line);
        this.resumed.delete(uuid);
        return isGiven;
    },

    /** A promise is not taken back: it ends as given, or as refused. */
    async sendPaymentCancel(order, uuid) {
        if (!isRefundLine(this._getLine(uuid))) {
            return super.sendPaymentCancel(...arguments);
        }
        const found = await this._callQuietly("pos_refund_look", [[uuid]]);
        if (found && (!found.length || found[0].state === "failed")) {
            return true;
        }
        this._tellRefund(_t("The money is on its way to the customer. Wait for the answer."));
        return false;
    },

    /**
     * Nobody wants a line any more.
     *
     * @returns {Promise<boolean>} whether it is certain that nothing goes back for it, now or later
     */
    async dropRefund(line) {
        const answer = await this._askAgain("pos_refund_drop", [line.uuid]);
        if (answer?.status === "ok") {
            return true;
        }
        if (answer?.status === "given") {
            // a request that seemed lost had arrived
            line.handlePaymentResponse(await this._waitForRefund(line.uuid));
        } else {
            this._tellRefund(
                answer?.message ||
                    _t("The server was not reached. Try again: nothing is given back twice.")
            );
        }
        return false;
    },

    async sendPaymentReversal(uuid) {
        if (!isRefundLine(this._getLine(uuid))) {
            return super.sendPaymentReversal(...arguments);
        }
        this._tellRefund(_t("This was given back to the customer already."));
        return false;
    },

    async _waitForEnd(uuid) {
        const isRefund = isRefundLine(this._getLine(uuid));
        return isRefund ? this._waitForRefund(uuid) : super._waitForEnd(...arguments);
    },

    async _refund(line) {
        const order = line.pos_order_id;
        const args = [
            order.uuid,
            line.uuid,
            -line.getAmount(),
            order.o2oRefundedSaleId,
            Math.abs(order.totalDue),
            line.transaction_id || null,
        ];
        const answer = await this._askAgain("pos_refund", args);
        if (answer?.status === "refused") {
            this._tellRefund(answer.message);
            return false;
        }
        // whatever became of it, the look tells
        return this._waitForRefund(line.uuid);
    },

    _tellRefund(body) {
        this._tell(body, _t("Refund"));
    },

    /** @returns {Promise<object|null>} the answer; null when none comes */
    async _askAgain(method, args) {
        for (let attempt = 0; attempt < MAX_AGAIN; attempt++) {
            try {
                const answer = await this._request(method, args);
                if (answer.status !== "again") {
                    return answer;
                }
            } catch (error) {
                const isAnswer = error instanceof RPCError;
                const message = error.data?.message || error.message;
                return isAnswer ? { status: "refused", message } : null;
            }
            await new Promise((resolve) => browser.setTimeout(resolve, AGAIN_MS));
        }
        return null;
    },

    /** @returns {Promise<boolean>} whether it went back, or goes on without the till */
    async _waitForRefund(uuid) {
        for (;;) {
            const found = await this._callQuietly("pos_refund_look", [[uuid]]);
            const line = this._getLine(uuid);
            if (!line) {
                return false;
            }
            if (found?.length === 0) {
                this._tellRefund(
                    _t("The server was not reached. Try again: nothing is given back twice.")
                );
                return false;
            }
            if (found && found[0].state !== "wait") {
                return this._endRefund(line, found[0]);
            }
            await new Promise((resolve) => browser.setTimeout(resolve, LOOK_MS));
        }
    },

    _endRefund(line, refund) {
        if (refund.state === "failed") {
            this._tellRefund(
                _t("%(gateway)s gave nothing back: %(reason)s. Try again, or choose another way.", {
                    gateway: refund.gateway,
                    // a sentence of its own, within another one
                    reason: refund.reason?.replace(/[.。]$/, "") || "-",
                })
            );
            return false;
        }
        line.setAmount(-refund.amount);
        line.update({ transaction_id: refund.refund_no });
        if (!refund.is_arrived) {
            this.pos.notification.add(
                refund.needs_person
                    ? _t("The money cannot reach the customer's account. Head office looks at it.")
                    : _t("The money is on its way. Nothing more is to be done here."),
                { type: refund.needs_person ? "warning" : "info" }
            );
        }
        return true;
    },
});
