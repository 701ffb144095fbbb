import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";
import { O2oSlip } from "@o2o_order/app/screens/o2o_order_screen/slip/slip";
import { SLIP_LABELS, SLIPS } from "@o2o_order/app/utils/o2o_print";

/** The slip for the bag that waits at the counter. */
SLIPS.ready_slip = (order) => order.delivery_kind === "pickup" && order.state === "ready";
SLIP_LABELS.ready_slip = () => _t("Ready slip");

patch(O2oSlip.prototype, {
    get hasPrices() {
        return super.hasPrices && this.props.documentType !== "ready_slip";
    },
});
