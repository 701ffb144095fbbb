import { AlertDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { patch } from "@web/core/utils/patch";
import { PaymentScreen } from "@point_of_sale/app/screens/payment_screen/payment_screen";
import {
    isOpenLine,
    isTerminalLine,
    UNKNOWN,
} from "@o2o_pos_device/app/utils/payment/payment_o2o_terminal";
import { _t } from "@web/core/l10n/translation";

/** A line leaves the screen only when the terminal has nothing to do with it any more. */
patch(PaymentScreen.prototype, {
    deletePaymentLine(uuid) {
        const line = this.paymentLines.find((line) => line.uuid === uuid);
        if (!isOpenLine(line)) {
            return super.deletePaymentLine(...arguments);
        }
        if (line.getPaymentStatus() === UNKNOWN) {
            this._o2oTell(_t("The terminal did not answer. Do not charge again: ask it first."));
        } else if (["waiting", "waitingCard", "timeout"].includes(line.getPaymentStatus())) {
            return this._o2oCancelAndDelete(line);
        }
    },

    async _o2oCancelAndDelete(line) {
        await this.sendPaymentCancel(line);
        if (line.getPaymentStatus() === "retry") {
            this.deletePaymentLine(line.uuid);
        }
    },

    async sendPaymentCancel(line) {
        await super.sendPaymentCancel(...arguments);
        if (isTerminalLine(line)) {
            line.payment_method_id.payment_terminal.showStatus(line);
        }
    },

    async sendForceDone(line) {
        if (isTerminalLine(line)) {
            // the server would find no approval for it
            this._o2oTell(_t("Only the terminal can say that a card was charged."));
            return;
        }
        return super.sendForceDone(...arguments);
    },

    _o2oTell(body) {
        this.dialog.add(AlertDialog, { title: _t("Bank card"), body });
    },
});
