import { AlertDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { patch } from "@web/core/utils/patch";
import { PaymentScreen } from "@point_of_sale/app/screens/payment_screen/payment_screen";
import {
    isOpenWalletLine,
    isWalletLine,
    UNKNOWN,
} from "@o2o_wallet/app/utils/payment/payment_o2o_wallet";
import { _t } from "@web/core/l10n/translation";

/** A wallet line leaves the screen only when no money is set aside for it any more. */
patch(PaymentScreen.prototype, {
    deletePaymentLine(uuid) {
        const line = this.paymentLines.find((line) => line.uuid === uuid);
        if (isOpenWalletLine(line)) {
            this._o2oTellWallet(_t("Nobody knows yet whether the wallet paid. Ask the server."));
            return;
        }
        return super.deletePaymentLine(...arguments);
    },

    async sendPaymentReverse(line) {
        if (!isWalletLine(line)) {
            return super.sendPaymentReverse(...arguments);
        }
        const isFree = await line.payment_method_id.payment_terminal.sendPaymentReversal(line.uuid);
        if (isFree === null) {
            line.setPaymentStatus(UNKNOWN);
        } else if (isFree) {
            line.setAmount(0);
            line.setPaymentStatus("reversed");
        } else {
            line.can_be_reversed = false;
        }
    },

    async sendForceDone(line) {
        if (isWalletLine(line)) {
            // the server would find no money set aside for it
            this._o2oTellWallet(_t("Only the server can say that a wallet paid."));
            return;
        }
        return super.sendForceDone(...arguments);
    },

    _o2oTellWallet(body) {
        this.dialog.add(AlertDialog, { title: _t("Member wallet"), body });
    },
});
