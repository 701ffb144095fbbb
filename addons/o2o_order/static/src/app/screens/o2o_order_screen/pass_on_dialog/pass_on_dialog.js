import { Component, onWillStart, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { useService } from "@web/core/utils/hooks";
import { _t } from "@web/core/l10n/translation";

/** An accepted order the store cannot do after all: who can, and why. */
export class O2oPassOnDialog extends Component {
    static template = "o2o_order.O2oPassOnDialog";
    static components = { Dialog };
    static props = { order: Object, getPayload: Function, close: Function };

    setup() {
        this.onlineOrders = useService("o2o_orders");
        this.state = useState({ stores: [], reason: "", error: "" });
        onWillStart(() => this.load());
    }

    get title() {
        return _t("Hand %s to another store", this.props.order.order_name);
    }

    get canChoose() {
        return Boolean(this.state.reason.trim());
    }

    async load() {
        const answer = await this.onlineOrders.ask("pos_stores", this.props.order.id);
        this.state.stores = answer.stores || [];
        this.state.error = answer.stores
            ? answer.message
            : answer.message || _t("No connection: please try again.");
    }

    getDistances(store) {
        const parts = [];
        if (store.distance_km !== false) {
            parts.push(_t("%s km from here", store.distance_km));
        }
        if (store.customer_km !== false) {
            parts.push(_t("%s km to the customer", store.customer_km));
        }
        return parts.join(", ");
    }

    choose(storeId) {
        this.props.getPayload({ store_id: storeId, reason: this.state.reason.trim() });
        this.props.close();
    }
}
