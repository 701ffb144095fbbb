import { Component, onMounted, onWillUnmount, onWillUpdateProps, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { useService } from "@web/core/utils/hooks";
import { formatElapsed, getDueLevel } from "@o2o_order/app/utils/o2o_board";
import { _t } from "@web/core/l10n/translation";

/** How long the store still has for an order; redraws nothing but itself, every second. */
export class O2oDue extends Component {
    static template = "o2o_order.O2oDue";
    static props = { dueAt: String };

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

    tick({ dueAt }) {
        this.state.seconds = Math.ceil(this.onlineOrders.getSecondsUntil(dueAt));
    }

    get text() {
        const { seconds } = this.state;
        return seconds > 0
            ? formatElapsed(seconds)
            : _t("late %s", formatElapsed(Math.abs(seconds)));
    }

    get levelClass() {
        const level = getDueLevel(this.state.seconds);
        return level ? `o_o2o_elapsed_${level} o_o2o_due_${level}` : "";
    }
}
