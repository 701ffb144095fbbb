import { Component, onMounted, onWillUnmount, onWillUpdateProps, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { useService } from "@web/core/utils/hooks";
import { formatElapsed } from "@o2o_order/app/utils/o2o_board";

const WARNING_SECONDS = 180;
const DANGER_SECONDS = 300;

/** How long an order has been waiting; redraws nothing but itself, every second. */
export class O2oElapsed extends Component {
    static template = "o2o_order.O2oElapsed";
    static props = { since: [String, Boolean] };

    setup() {
        this.onlineOrders = useService("o2o_orders");
        this.state = useState({ seconds: 0 });
        this.tick(this.props);
        onWillUpdateProps((nextProps) => this.tick(nextProps));
        onMounted(() => {
            this.interval = browser.setInterval(() => this.tick(this.props), 1000);
        });
        onWillUnmount(() => browser.clearInterval(this.interval));
    }

    tick({ since }) {
        this.state.seconds = Math.max(0, Math.floor(this.onlineOrders.getSecondsSince(since)));
    }

    get text() {
        return formatElapsed(this.state.seconds);
    }

    get levelClass() {
        if (this.state.seconds >= DANGER_SECONDS) {
            return "o_o2o_elapsed_danger";
        }
        return this.state.seconds >= WARNING_SECONDS ? "o_o2o_elapsed_warning" : "";
    }
}
