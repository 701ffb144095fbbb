import { AlertDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { patch } from "@web/core/utils/patch";
import OrderPaymentValidation from "@point_of_sale/app/utils/order_payment_validation";
import { _t } from "@web/core/l10n/translation";

/** Nothing is charged for a line in one of these, or it is charged and known. */
const DECIDED = ["pending", "retry", "force_done", "done", "reversed"];

function isUndecided({ payment_method_id: method, payment_status: status }) {
    const isAsked = status && method.use_payment_terminal;
    return isAsked && !method.payment_terminal?.isTakenWithSale && !DECIDED.includes(status);
}

/**
 * A sale that is paid another way drops the lines that are not done, without a word to who is
 * being charged: the customer would pay twice. So it waits for their end; not for those of an
 * interface that sets `isTakenWithSale`, whose money moves when the sale comes in.
 */
patch(OrderPaymentValidation.prototype, {
    async askBeforeValidation() {
        const line = this.order.payment_ids.find(isUndecided);
        if (line) {
            this.pos.dialog.add(AlertDialog, {
                title: _t("A payment is not decided yet"),
                body: _t(
                    "The customer may still be charged by %s. Wait for the answer, ask what became of it, or cancel it first.",
                    line.payment_method_id.name
                ),
            });
            return false;
        }
        return super.askBeforeValidation(...arguments);
    },
});
