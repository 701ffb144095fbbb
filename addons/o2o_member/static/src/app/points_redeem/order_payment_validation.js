import { patch } from "@web/core/utils/patch";
import OrderPaymentValidation from "@point_of_sale/app/utils/order_payment_validation";

patch(OrderPaymentValidation.prototype, {
    /** Points must fit what is in the order, and its payments what is left (PTS-05, POS-07). */
    async askBeforeValidation() {
        const isReady = await super.askBeforeValidation(...arguments);
        return isReady && this.pos.o2oCheckPoints(this.order);
    },
});
