import { Component } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";

/** Handing over cannot be undone, so it takes a second tap; money to collect comes first. */
export class O2oHandOverDialog extends Component {
    static template = "o2o_order.O2oHandOverDialog";
    static components = { Dialog };
    static props = {
        orderName: String,
        customerName: String,
        /** Formatted; empty when the order is paid. */
        amountToCollect: String,
        getPayload: Function,
        close: Function,
    };

    get title() {
        return _t("Hand over %s", this.props.orderName);
    }

    get confirmLabel() {
        return this.props.amountToCollect ? _t("Collected and handed over") : _t("Handed over");
    }

    confirm() {
        this.props.getPayload({});
        this.props.close();
    }
}
