import { patch } from "@web/core/utils/patch";
import { PosOrder } from "@point_of_sale/app/models/pos_order";

patch(PosOrder.prototype, {
    /** The sale that this order gives back, as the server knows it; null when it gives none. */
    get o2oRefundedSaleId() {
        const sale = this.refunded_order_id || this.lines[0]?.refunded_orderline_id?.order_id;
        return this.isRefund && typeof sale?.id === "number" ? sale.id : null;
    },
});
