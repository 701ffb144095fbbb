import { Component, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { usePos } from "@point_of_sale/app/hooks/pos_hook";
import { O2oElapsed } from "@o2o_order/app/components/o2o_elapsed/o2o_elapsed";
import { getTab } from "@o2o_order/app/utils/o2o_board";
import { O2oSoundCheck } from "@o2o_order/app/components/o2o_sound_check/o2o_sound_check";
import { getItemsLabel, getKindLabel } from "@o2o_order/app/utils/o2o_text";
import { _t } from "@web/core/l10n/translation";

const SCREEN = "O2oOrderScreen";
/** Nobody is at the till, or nobody has told who. */
const CLOSED_SCREENS = ["LoginScreen", "SaverScreen"];

/**
 * Over every screen of the till: the order that waits longest, and the request for the tap the
 * browser wants before it plays sound. Takes no focus and covers a corner only.
 */
export class O2oOverlay extends Component {
    static template = "o2o_order.O2oOverlay";
    static components = { O2oElapsed, O2oSoundCheck };
    static props = {};

    setup() {
        this.pos = usePos();
        this.onlineOrders = useService("o2o_orders");
        this.state = useState({ foldedIds: [] });
    }

    get waitingOrders() {
        return this.onlineOrders.getOrders("waiting");
    }

    get order() {
        return this.waitingOrders[0];
    }

    get isSoundBlocked() {
        return this.onlineOrders.isEnabled && this.onlineOrders.bellState.isBlocked;
    }

    get isCardShown() {
        return this.waitingOrders.length > 0 && this.pos.router.state.current !== SCREEN;
    }

    /** Folded until another order comes in. */
    get isFolded() {
        return this.waitingOrders.every(({ id }) => this.state.foldedIds.includes(id));
    }

    get title() {
        return this.waitingOrders.length > 1
            ? _t("%s online orders to accept", this.waitingOrders.length)
            : _t("New online order");
    }

    get kindLabel() {
        return getKindLabel(this.order);
    }

    get itemsLabel() {
        return getItemsLabel(this.order);
    }

    get hint() {
        if (this.isTillClosed) {
            return _t("Log in to answer it");
        }
        return this.isPaymentRunning ? _t("Finish the payment first") : "";
    }

    get isTillClosed() {
        return !this.pos.cashier || CLOSED_SCREENS.includes(this.pos.router.state.current);
    }

    get isPaymentRunning() {
        return (
            this.pos.router.state.current === "PaymentScreen" &&
            Boolean(this.pos.getOrder()?.electronicPaymentInProgress())
        );
    }

    fold() {
        this.state.foldedIds = this.waitingOrders.map(({ id }) => id);
    }

    unfold() {
        this.state.foldedIds = [];
    }

    open() {
        Object.assign(this.onlineOrders.view, {
            tab: "waiting",
            query: "",
            selectedId: this.order.id,
        });
        this.pos.navigate(SCREEN);
    }

    get urgedOrders() {
        return this.onlineOrders.urgedOrders;
    }

    /** Look at the order the member urges; the mark is gone on this till. */
    openUrged(order) {
        this.onlineOrders.acknowledgeUrge(order);
        this.openOrder(order);
    }

    /** Leave what is on the screen for an order, unless that would hurt. */
    openOrder(order) {
        if (this.isTillClosed || this.isPaymentRunning) {
            return;
        }
        Object.assign(this.onlineOrders.view, {
            tab: getTab(order),
            query: "",
            selectedId: order.id,
        });
        this.pos.navigate(SCREEN);
    }

    /** The tap itself is what the browser asks for; see `O2oOrders.start`. */
    enableSound() {
        this.onlineOrders.bell.unlock();
    }
}

registry.category("main_components").add("O2oOverlay", { Component: O2oOverlay });
