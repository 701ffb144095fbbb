import { patch } from "@web/core/utils/patch";
import OrderPaymentValidation from "@point_of_sale/app/utils/order_payment_validation";
import { isRefusedRefund } from "@o2o_payment/app/utils/payment_o2o_code_refund";

patch(OrderPaymentValidation.prototype, {
    /** A refund by code that another way has replaced leaves when no request can arrive any more. */
    async askBeforeValidation() {
        for (const line of this.order.payment_ids.filter(isRefusedRefund)) {
            if (!(await line.payment_method_id.payment_terminal.dropRefund(line))) {
                return false;
            }
            this.order.removePaymentline(line);
        }
        return super.askBeforeValidation(...arguments);
    },
});
