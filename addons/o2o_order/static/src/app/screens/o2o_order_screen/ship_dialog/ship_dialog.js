import { Component, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { useAutofocus } from "@web/core/utils/hooks";
import { _t } from "@web/core/l10n/translation";

/** The goods leave the store; a tracking number, where there is one, goes with them. */
export class O2oShipDialog extends Component {
    static template = "o2o_order.O2oShipDialog";
    static components = { Dialog };
    static props = {
        orderName: String,
        getPayload: Function,
        close: Function,
    };

    setup() {
        this.state = useState({ trackingRef: "" });
        useAutofocus({ refName: "trackingRef" });
    }

    get title() {
        return _t("Ship %s", this.props.orderName);
    }

    /** A scanner ends the number of the waybill with it. */
    onKeydown(ev) {
        if (ev.key === "Enter") {
            this.confirm();
        }
    }

    confirm() {
        this.props.getPayload({ tracking_ref: this.state.trackingRef.trim() });
        this.props.close();
    }
}
