import { patch } from "@web/core/utils/patch";
import { makeAwaitable } from "@point_of_sale/app/utils/make_awaitable_dialog";
import { O2oOrderDetail } from "@o2o_order/app/screens/o2o_order_screen/order_detail/order_detail";
import { formatServerTime } from "@o2o_order/app/utils/o2o_board";
import { O2oPickupCheckDialog } from "@o2o_pickup/app/pickup_check_dialog/pickup_check_dialog";
import { formatSlot } from "@o2o_pickup/app/utils/o2o_slot";
import { O2oPickupReadyDialog } from "@o2o_pickup/app/pickup_ready_dialog/pickup_ready_dialog";

patch(O2oOrderDetail.prototype, {
    get hasPickup() {
        return this.isPickup && this.order.needs_pickup_code !== undefined;
    },

    get pickupTime() {
        return formatSlot(this.order);
    },

    get keptUntil() {
        return this.order.state === "ready" ? formatServerTime(this.order.collect_until) : "";
    },

    /** @override */
    async onClickAction(action) {
        if (action === "hand_over" && this.hasPickup) {
            this.dialog.add(O2oPickupCheckDialog, {
                order: this.order,
                onFound: () => {},
            });
            return;
        }
        return super.onClickAction(...arguments);
    },

    /** @override */
    async askValues(action, order) {
        if (action === "ready" && this.hasPickup) {
            return makeAwaitable(this.dialog, O2oPickupReadyDialog, {
                orderName: order.order_name,
                place: order.pickup_place || "",
            });
        }
        return super.askValues(...arguments);
    },
});
