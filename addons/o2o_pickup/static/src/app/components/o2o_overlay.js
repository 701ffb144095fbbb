import { patch } from "@web/core/utils/patch";
import { O2oOverlay } from "@o2o_order/app/components/o2o_overlay/o2o_overlay";

patch(O2oOverlay.prototype, {
    get outsideOrders() {
        return this.onlineOrders.outsideOrders;
    },

    openOutside(order) {
        this.onlineOrders.acknowledgeArrival(order);
        this.openOrder(order);
    },
});
