import { onMounted, status } from "@odoo/owl";
import { AlertDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { patch } from "@web/core/utils/patch";
import { RPCError } from "@web/core/network/rpc";
import { withTimeout } from "@o2o_order/app/utils/o2o_timeout";
import { PaymentScreen } from "@point_of_sale/app/screens/payment_screen/payment_screen";
import { makeAwaitable } from "@point_of_sale/app/utils/make_awaitable_dialog";
import { RefundDialog } from "@o2o_payment/app/screens/refund_dialog/refund_dialog";
import { isCodeLine } from "@o2o_payment/app/utils/payment_o2o_code";
import { isRefusedRefund } from "@o2o_payment/app/utils/payment_o2o_code_refund";
import { _t } from "@web/core/l10n/translation";

const TIMEOUT_MS = 15000;

/**
 * A refund goes back the way the sale was paid: preview first, then one click.
 *
 * The lines are worked off one after the other. One that fails keeps its amount open, to be sent
 * again or replaced by another way; what went back stays.
 */
patch(PaymentScreen.prototype, {
    setup() {
        super.setup(...arguments);
        onMounted(() => this._o2oOfferRefund());
    },

    get o2oIsRefund() {
        return Boolean(this.currentOrder?.o2oRefundedSaleId);
    },

    /** Without being asked for: where there is something to choose, and nothing was sent yet. */
    async _o2oOfferRefund() {
        const isUnknown = this.currentOrder?.uiState.o2oIsRefundUnknown;
        const isSent = this.paymentLines.some((line) => line.payment_status);
        if (!this.o2oIsRefund || isUnknown || isSent) {
            return;
        }
        const preview = await this._o2oLoadRefund();
        const isOffered =
            preview.tenders?.length > 1 || preview.tenders?.some((it) => it.is_electronic);
        if (isOffered && status(this) !== "destroyed") {
            await this._o2oShowRefund(preview);
        }
    },

    async o2oPreviewRefund() {
        if (!(await this.pos.o2oPreparePoints(this.currentOrder))) {
            return;
        }
        await this._o2oShowRefund(await this._o2oLoadRefund());
    },

    async _o2oShowRefund(preview) {
        const tenders = await makeAwaitable(this.dialog, RefundDialog, {
            amount: this._o2oGetOpenRefund(),
            preview,
            load: (first) => this._o2oLoadRefund(first),
            formatCurrency: (amount) => this.env.utils.formatCurrency(amount),
            hasPoints: this._o2oHasPoints(),
        });
        if (tenders) {
            await this._o2oGiveBack(tenders);
        }
    },

    /** @returns {Promise<object>} as `pos_refund_preview`; refused without an answer */
    async _o2oLoadRefund(first = false) {
        const { data, config } = this.pos;
        const args = [config.id, this.currentOrder.o2oRefundedSaleId, this._o2oGetOpenRefund()];
        try {
            const call = data.orm.silent.call("o2o.payment.till", "pos_refund_preview", [
                ...args,
                first || null,
            ]);
            return await withTimeout(call, TIMEOUT_MS);
        } catch (error) {
            const message =
                (error instanceof RPCError && error.data?.message) ||
                _t("The server was not reached. Please try again.");
            return { status: "refused", message };
        }
    },

    /** What no line has given back, or is giving back. */
    _o2oGetOpenRefund() {
        const sent = this.paymentLines.filter((line) => this._o2oIsSent(line));
        const given = sent.reduce((sum, line) => sum - line.getAmount(), 0);
        return this.pos.currency.round(Math.abs(this.currentOrder.totalDue) - given);
    },

    _o2oIsSent(line) {
        return Boolean(line.payment_status) && line.payment_status !== "retry";
    },

    _o2oHasPoints() {
        const product = this.pos.company.o2o_points_product_id;
        return Boolean(
            product && this.currentOrder.lines.some((line) => line.product_id.id === product.id)
        );
    },

    async _o2oGiveBack(tenders) {
        const order = this.currentOrder;
        for (const line of this.paymentLines.filter((line) => !this._o2oIsSent(line))) {
            if (isRefusedRefund(line) && !(await this._o2oDropRefund(line))) {
                return;
            }
            order.removePaymentline(line);
        }
        const lines = tenders.map((tender) => this._o2oAddRefundLine(order, tender));
        for (const line of lines) {
            if (line?.payment_method_id.use_payment_terminal) {
                order.selectPaymentline(line);
                await this.sendPaymentRequest(line);
                if (!line.payment_status) {
                    // it was not sent: the sum is another one, or nobody knows it
                    return;
                }
            }
        }
    },

    _o2oAddRefundLine(order, { amount, method_id, out_no }) {
        const method = this.pos.models["pos.payment.method"].get(method_id);
        const { data, status } = order.addPaymentline(method);
        if (!status) {
            this.dialog.add(AlertDialog, { title: _t("Give the money back"), body: data });
            return null;
        }
        data.setAmount(-amount);
        if (out_no) {
            // which of the payments by code gets it back
            data.update({ transaction_id: out_no });
        }
        return data;
    },

    /** Another way takes the place of a refund by code that was refused. */
    async addNewPaymentLine(paymentMethod) {
        const order = this.currentOrder;
        for (const line of this.paymentLines.filter(isRefusedRefund)) {
            if (!(await this._o2oDropRefund(line))) {
                return;
            }
            order.removePaymentline(line);
        }
        const cash =
            this.o2oIsRefund &&
            paymentMethod.is_cash_count &&
            this.paymentLines.find((line) => line.payment_method_id.is_cash_count);
        if (!cash) {
            return super.addNewPaymentLine(...arguments);
        }
        // Odoo takes one cash line for an order: what is left goes back by that one
        cash.setAmount(cash.getAmount() + order.getDefaultAmountDueToPayIn(paymentMethod));
        this.selectPaymentLine(cash.uuid);
    },

    /** A refund by code leaves the screen when no request for it can arrive any more. */
    async deletePaymentLine(uuid) {
        const line = this.paymentLines.find((line) => line.uuid === uuid);
        if (!isRefusedRefund(line) || (await this._o2oDropRefund(line))) {
            return super.deletePaymentLine(...arguments);
        }
    },

    _o2oDropRefund(line) {
        return line.payment_method_id.payment_terminal.dropRefund(line);
    },

    /** No money goes back before it is known what points had paid (POS-07). */
    async _o2oMayGiveBack(line) {
        this.ui.block();
        try {
            return await this.pos.o2oCheckPoints(line.pos_order_id);
        } finally {
            this.ui.unblock();
        }
    },

    async sendPaymentRequest(line) {
        const isGivenBack = this.o2oIsRefund && line.getAmount() < 0;
        if (isGivenBack && !(await this._o2oMayGiveBack(line))) {
            return;
        }
        await super.sendPaymentRequest(...arguments);
        if (isCodeLine(line) && line.getAmount() < 0) {
            // what went back is not taken again
            line.can_be_reversed = false;
        }
    },
});
