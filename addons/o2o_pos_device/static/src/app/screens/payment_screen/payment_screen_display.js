import { onMounted } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import { patch } from "@web/core/utils/patch";
import { PaymentScreen } from "@point_of_sale/app/screens/payment_screen/payment_screen";
import OrderPaymentValidation from "@point_of_sale/app/utils/order_payment_validation";

/** The customer sees what is to be paid, then what comes back (POS-05). */
patch(PaymentScreen.prototype, {
    setup() {
        super.setup(...arguments);
        const display = useService("o2o_display");
        onMounted(() => {
            display.showTotal(this.currentOrder);
        });
    },
});

patch(OrderPaymentValidation.prototype, {
    async finalizeValidation() {
        this.pos.env.services.o2o_display.showChange(this.order);
        return super.finalizeValidation(...arguments);
    },
});
