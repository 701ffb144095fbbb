import { patch } from "@web/core/utils/patch";
import { _t } from "@web/core/l10n/translation";
import { O2oRejectDialog } from "@o2o_order/app/screens/o2o_order_screen/reject_dialog/reject_dialog";

patch(O2oRejectDialog.prototype, {
    /** The member has named this store: another one is for the member to name. */
    get explanation() {
        if (!this.props.isPickup) {
            return super.explanation;
        }
        return _t(
            "The customer of %s is then asked where to collect instead.",
            this.props.orderName
        );
    },
});
