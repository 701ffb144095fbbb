import { patch } from "@web/core/utils/patch";
import { PosOrder } from "@point_of_sale/app/models/pos_order";

patch(PosOrder.prototype, {
    initState() {
        super.initState();
        this.uiState.o2oPoints = 0;
        /** Whether nobody knows yet what points had paid of the goods that come back. */
        this.uiState.o2oIsRefundUnknown = false;
    },

    /** The points belong to the member who was asked. */
    setPartner(partner) {
        const product = this.company?.o2o_points_product_id;
        if (product && this.partner_id?.id !== partner?.id) {
            this.lines
                .filter((line) => line.product_id.id === product.id && !line.sale_order_line_id)
                .filter((line) => line.qty > 0)
                .forEach((line) => line.delete());
        }
        return super.setPartner(...arguments);
    },
});
