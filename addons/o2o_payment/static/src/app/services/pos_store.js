import { AlertDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { patch } from "@web/core/utils/patch";
import { PosStore } from "@point_of_sale/app/services/pos_store";
import { isCodeLine } from "@o2o_payment/app/utils/payment_o2o_code";
import { isRefusedRefund } from "@o2o_payment/app/utils/payment_o2o_code_refund";
import { _t } from "@web/core/l10n/translation";

patch(PosStore.prototype, {
    /**
     * A refund that gave money back is finished: the goods and the books follow the money. What was
     * charged for a sale that is deleted goes back at once.
     */
    async _onBeforeDeleteOrder(order) {
        const isGiven = order.payment_ids.some(
            (line) =>
                isCodeLine(line) &&
                line.getAmount() < 0 &&
                line.payment_status &&
                line.payment_status !== "retry"
        );
        if (isGiven) {
            this.dialog.add(AlertDialog, {
                title: _t("Money went back already"),
                body: _t("Finish this refund: the customer has, or gets, a part of the money."),
            });
            return false;
        }
        const isDeleted = await super._onBeforeDeleteOrder(...arguments);
        if (isDeleted && !order.finalized) {
            for (const line of order.payment_ids.filter(isCodeLine)) {
                const terminal = line.payment_method_id.payment_terminal;
                if (!isRefusedRefund(line)) {
                    await terminal.giveUp(line);
                } else if (!(await terminal.dropRefund(line))) {
                    return false;
                }
            }
        }
        return isDeleted;
    },
});
