import { Component, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { describePromise } from "@o2o_stock/app/utils/o2o_promises";

/** Goods of the basket are promised to online orders: go back, or sell and say why. */
export class O2oHeldDialog extends Component {
    static template = "o2o_stock.O2oHeldDialog";
    static components = { Dialog };
    static props = {
        lines: Array,
        canOverride: Boolean,
        getPayload: Function,
        close: Function,
    };

    setup() {
        this.state = useState({ reason: "", isAsking: false });
    }

    get reasons() {
        return [_t("Customer is at the counter"), _t("Regular customer"), _t("More arrives today")];
    }

    getNumbers(line) {
        return _t("%(wanted)s in the basket, %(free)s free, %(shelf)s on the shelf", {
            wanted: line.wanted,
            free: line.free,
            shelf: line.on_shelf,
        });
    }

    getSafety(line) {
        return _t("%s are kept back for online orders", line.safety);
    }

    getPromise(promise) {
        return describePromise(promise);
    }

    get canConfirm() {
        return Boolean(this.state.reason.trim());
    }

    ask() {
        this.state.isAsking = true;
    }

    choose(reason) {
        this.state.reason = reason;
    }

    confirm() {
        this.props.getPayload(this.state.reason.trim());
        this.props.close();
    }
}
