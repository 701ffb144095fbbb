import { patch } from "@web/core/utils/patch";
import { PosStore } from "@point_of_sale/app/services/pos_store";
import { isWalletLine } from "@o2o_wallet/app/utils/payment/payment_o2o_wallet";

patch(PosStore.prototype, {
    /** Core does not send orders without goods; a top-up is one. */
    shouldCreatePendingOrder(order) {
        return super.shouldCreatePendingOrder(...arguments) || order.payment_ids.some(isWalletLine);
    },
});
