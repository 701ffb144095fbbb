import { Component, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";

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
    }

    confirm() {
        this.props.getPayload({ tracking_ref: this.state.trackingRef.trim() });
        this.props.close();
    }
}
