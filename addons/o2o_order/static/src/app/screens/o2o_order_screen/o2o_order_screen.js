import { Component, onMounted, useEffect } from "@odoo/owl";
import { useHotkey } from "@web/core/hotkeys/hotkey_hook";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { usePos } from "@point_of_sale/app/hooks/pos_hook";
import { O2oBoardHeader } from "@o2o_order/app/screens/o2o_order_screen/board_header/board_header";
import { O2oOrderDetail } from "@o2o_order/app/screens/o2o_order_screen/order_detail/order_detail";
import { O2oOrderList } from "@o2o_order/app/screens/o2o_order_screen/order_list/order_list";
import { O2oQueueBanner } from "@o2o_order/app/screens/o2o_order_screen/queue_banner/queue_banner";
import { O2oReturnDialog } from "@o2o_order/app/screens/o2o_order_screen/return_dialog/return_dialog";
import { O2oSlip } from "@o2o_order/app/screens/o2o_order_screen/slip/slip";

/** The online orders of the store: one list, one order, one tap (POS-02 to POS-08). */
export class O2oOrderScreen extends Component {
    static template = "o2o_order.O2oOrderScreen";
    static components = { O2oBoardHeader, O2oOrderDetail, O2oOrderList, O2oQueueBanner };
    static props = {};
    static storeOnOrder = false;

    setup() {
        this.pos = usePos();
        this.ui = useService("ui");
        this.dialog = useService("dialog");
        this.printer = useService("printer");
        this.onlineOrders = useService("o2o_orders");
        this.view = this.onlineOrders.view;
        if (this.isGone) {
            this.select(false);
        }
        useHotkey("escape", () => this.back(), { bypassEditableProtection: true });
        onMounted(() => this.onlineOrders.refresh());
        // on a wide screen the order that waits longest is open already
        useEffect(
            (firstId) => {
                if (firstId) {
                    this.select(firstId);
                }
            },
            () => [this.suggestedId]
        );
    }

    get order() {
        return this.onlineOrders.getOrder(this.view.selectedId);
    }

    get isListShown() {
        return !this.ui.isSmall || !this.order;
    }

    get isDetailShown() {
        return !this.ui.isSmall || Boolean(this.order);
    }

    /** Only where nothing is chosen: an order must not slip under a finger about to tap. */
    get suggestedId() {
        const isFree = !this.ui.isSmall && !this.view.selectedId && this.view.tab === "waiting";
        return isFree ? this.onlineOrders.getOrders("waiting")[0]?.id : undefined;
    }

    get isGone() {
        return Boolean(this.view.selectedId) && !this.order;
    }

    select(orderId) {
        this.view.selectedId = orderId;
    }

    /** This till has sent the order away: the next one that waits takes its place. */
    onSentAway() {
        this.select(false);
    }

    openReturn(number = "") {
        this.dialog.add(O2oReturnDialog, {
            number,
            onPrint: (fulfillmentId, refund) => this.printRefund(fulfillmentId, refund),
        });
    }

    /** On the box of the store where it has one, else on the till's own printer. */
    async printRefund(fulfillmentId, refund) {
        const outcome = await this.onlineOrders.printRefund(refund);
        if (outcome.status === "ok") {
            return;
        }
        const order = this.onlineOrders.getOrder(fulfillmentId) || {
            order_name: refund.order_name,
            currency_id: refund.currency_id,
            lines: [],
        };
        await this.printer.print(
            O2oSlip,
            {
                order,
                documentType: "return_slip",
                storeName: this.onlineOrders.store?.name || "",
                refund,
            },
            { webPrintFallback: true }
        );
    }

    /** One step back: from the search, from the order (narrow screen), then from the screen. */
    back() {
        if (this.view.query) {
            this.view.query = "";
        } else if (this.ui.isSmall && this.order) {
            this.select(false);
        } else {
            this.leave();
        }
    }

    /** To the sale the cashier came from, on the screen it was on. */
    leave() {
        this.pos.navigateToOrderScreen(this.pos.getOrder() || this.pos.addNewOrder());
    }
}

registry.category("pos_pages").add("O2oOrderScreen", {
    name: "O2oOrderScreen",
    component: O2oOrderScreen,
    route: `/pos/ui/${odoo.pos_config_id}/online-orders`,
    params: {},
});
