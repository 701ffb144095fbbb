import { Component, onMounted, onWillUnmount, useState } from "@odoo/owl";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { usePos } from "@point_of_sale/app/hooks/pos_hook";
import { everySecond } from "@o2o_order/app/services/o2o_grab_service";
import { formatElapsed } from "@o2o_order/app/utils/o2o_board";
import { formatQuantity, getItemsLabel, getKindLabel } from "@o2o_order/app/utils/o2o_text";
import { _t } from "@web/core/l10n/translation";

/** Orders near the store that the first tap wins: what, how many, how far (ROUT-03). */
export class O2oGrabScreen extends Component {
    static template = "o2o_order.O2oGrabScreen";
    static props = {};
    static storeOnOrder = false;

    setup() {
        this.pos = usePos();
        this.ui = useService("ui");
        this.onlineOrders = useService("o2o_orders");
        this.grabs = useService("o2o_grabs");
        this.clock = useState({ tick: 0 });
        useHotkey("escape", () => this.back(), { bypassEditableProtection: true });
        onMounted(() => {
            this.stopClock = everySecond(() => this.clock.tick++);
            this.onlineOrders.refresh();
        });
        onWillUnmount(() => this.stopClock());
    }

    get orders() {
        return this.grabs.orders;
    }

    getKindLabel(order) {
        return getKindLabel(order);
    }

    getItemsLabel(order) {
        return getItemsLabel(order);
    }

    getKindIcon(order) {
        return order.delivery_kind === "pickup" ? "fa-shopping-bag" : "fa-truck";
    }

    formatQuantity(quantity) {
        return formatQuantity(quantity);
    }

    getPlace(order) {
        const distance = _t("%s km away", order.distance_km);
        return order.district ? `${order.district} · ${distance}` : distance;
    }

    getTimeLeft(order) {
        // the clock is read so that the text is drawn again
        return this.clock.tick >= 0 && formatElapsed(this.grabs.getSecondsLeft(order));
    }

    async grab(order) {
        const { status, order: won } = await this.grabs.grab(order);
        if (status === "ok" && won) {
            Object.assign(this.onlineOrders.view, {
                tab: "progress",
                query: "",
                selectedId: won.id,
            });
            this.pos.navigate("O2oOrderScreen");
        }
    }

    back() {
        this.pos.navigateToOrderScreen(this.pos.getOrder() || this.pos.addNewOrder());
    }
}

registry.category("pos_pages").add("O2oGrabScreen", {
    name: "O2oGrabScreen",
    component: O2oGrabScreen,
    route: `/pos/ui/${odoo.pos_config_id}/orders-to-grab`,
    params: {},
});
