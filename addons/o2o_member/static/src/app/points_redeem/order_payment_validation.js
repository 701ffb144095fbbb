import { patch } from "@web/core/utils/patch";
import OrderPaymentValidation from "@point_of_sale/app/utils/order_payment_validation";

patch(OrderPaymentValidation.prototype, {
    async askBeforeValidation() {
        const order = this.order;
        if (this.pos.o2oPointsLines(order).length || order.uiState.o2oPoints) {
            if (!(await this.pos.o2oPreparePoints(order))) {
                return false;
            }
        }
        return super.askBeforeValidation(...arguments);
    },
});
