import { patch } from "@web/core/utils/patch";
import { PosStore } from "@point_of_sale/app/services/pos_store";

/** The server refuses to edit what was paid electronically: it is not offered either. */
patch(PosStore.prototype, {
    canEditPayment(order) {
        const isElectronic = order.payment_ids.some(
            (line) => line.payment_method_id.use_payment_terminal
        );
        return !isElectronic && super.canEditPayment(...arguments);
    },
});
