import { Component, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { useAutofocus } from "@web/core/utils/hooks";
import { _t } from "@web/core/l10n/translation";

/** Packed: where does it wait? The place is printed on the slip for the bag (idea 24). */
export class O2oPickupReadyDialog extends Component {
    static template = "o2o_pickup.O2oPickupReadyDialog";
    static components = { Dialog };
    static props = {
        orderName: String,
        place: String,
        getPayload: Function,
        close: Function,
    };

    setup() {
        this.state = useState({ place: this.props.place });
        useAutofocus({ refName: "place" });
    }

    get title() {
        return _t("%s is packed", this.props.orderName);
    }

    onKeydown(ev) {
        if (ev.key === "Enter") {
            this.confirm();
        }
    }

    confirm() {
        this.props.getPayload({ place: this.state.place.trim() });
        this.props.close();
    }
}
