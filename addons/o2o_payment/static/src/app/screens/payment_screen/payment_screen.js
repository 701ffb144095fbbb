import { onMounted, status } from "@odoo/owl";
import { AlertDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { patch } from "@web/core/utils/patch";
import { PaymentScreen } from "@point_of_sale/app/screens/payment_screen/payment_screen";
import { isCodeLine, isOpenCodeLine } from "@o2o_payment/app/utils/payment_o2o_code";
import { _t } from "@web/core/l10n/translation";

/** A line leaves the screen only when it is certain that nothing was charged for it. */
patch(PaymentScreen.prototype, {
    setup() {
        super.setup(...arguments);
        onMounted(() => this._o2oResumeCodes());
    },

    _o2oResumeCodes() {
        for (const line of this.paymentLines.filter(isOpenCodeLine)) {
            this._o2oResumeCode(line);
        }
    },

    /** The sale ends by itself as if the till had never been gone. */
    async _o2oResumeCode(line) {
        const isPaid = await line.payment_method_id.payment_terminal.resume(line);
        const order = line.pos_order_id;
        if (
            isPaid &&
            status(this) === "mounted" &&
            this.currentOrder === order &&
            this.pos.config.auto_validate_terminal_payment &&
            order.isPaid() &&
            !order.isRefundInProcess()
        ) {
            await this.validateOrder(false);
        }
    },

    deletePaymentLine(uuid) {
        const line = this.paymentLines.find((line) => line.uuid === uuid);
        if (!isOpenCodeLine(line)) {
            return super.deletePaymentLine(...arguments);
        }
        return this._o2oCancelCode(line);
    },

    async _o2oCancelCode(line) {
        if (line.getPaymentStatus() !== "waitingCancel") {
            await this.sendPaymentCancel(line);
        }
        if (line.getPaymentStatus() === "retry") {
            this.deletePaymentLine(line.uuid);
        }
    },

    async sendPaymentCancel(line) {
        await super.sendPaymentCancel(...arguments);
        if (isCodeLine(line)) {
            line.payment_method_id.payment_terminal.showStatus(line);
        }
    },

    async sendForceDone(line) {
        if (!isCodeLine(line)) {
            return super.sendForceDone(...arguments);
        }
        // the server would find no money for it
        this.dialog.add(AlertDialog, {
            title: _t("Customer's payment code"),
            body: _t("Only the gateway can say that something was charged."),
        });
    },
});
