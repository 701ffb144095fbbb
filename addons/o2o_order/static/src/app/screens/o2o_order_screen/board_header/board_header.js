import { Component } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import { _t } from "@web/core/l10n/translation";

const { DateTime } = luxon;

/** Store, freshness of what is shown, and the test of the bell. */
export class O2oBoardHeader extends Component {
    static template = "o2o_order.O2oBoardHeader";
    static props = { onBack: Function, onReturn: Function };

    setup() {
        this.ui = useService("ui");
        this.onlineOrders = useService("o2o_orders");
    }

    get storeName() {
        return this.onlineOrders.store?.name || _t("Online orders");
    }

    get lastUpdate() {
        const { lastUpdate } = this.onlineOrders;
        return lastUpdate ? DateTime.fromMillis(lastUpdate).toFormat("HH:mm") : "";
    }

    get connectionLabel() {
        switch (this.onlineOrders.connection) {
            case "loading":
                return _t("Loading...");
            case "online":
                return _t("Up to date at %s", this.lastUpdate);
            case "refused":
                return this.onlineOrders.errorMessage;
            default:
                return this.lastUpdate
                    ? _t("Offline, last update %s", this.lastUpdate)
                    : _t("Offline, not loaded yet");
        }
    }

    get connectionClass() {
        return {
            loading: "text-muted",
            online: "text-success",
            offline: "o_o2o_offline text-danger fw-bold",
            refused: "text-danger fw-bold",
        }[this.onlineOrders.connection];
    }

    get connectionIcon() {
        return {
            loading: "fa-circle-o-notch fa-spin",
            online: "fa-check-circle",
            offline: "fa-chain-broken",
            refused: "fa-exclamation-triangle",
        }[this.onlineOrders.connection];
    }

    refresh() {
        this.onlineOrders.refresh();
    }

    testSound() {
        this.onlineOrders.bell.test();
    }
}
