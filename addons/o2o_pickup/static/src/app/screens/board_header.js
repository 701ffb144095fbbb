import { patch } from "@web/core/utils/patch";
import { useService } from "@web/core/utils/hooks";
import { O2oBoardHeader } from "@o2o_order/app/screens/o2o_order_screen/board_header/board_header";
import { O2oPickupCheckDialog } from "@o2o_pickup/app/pickup_check_dialog/pickup_check_dialog";

patch(O2oBoardHeader.prototype, {
    setup() {
        super.setup(...arguments);
        this.dialog = useService("dialog");
    },

    /** Somebody stands at the counter with a code: one tap from any list. */
    openPickup() {
        this.dialog.add(O2oPickupCheckDialog, {
            onFound: (orderId) => {
                this.onlineOrders.view.selectedId = orderId;
            },
        });
    },
});
