import { Component, onMounted, onWillUnmount, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { Dialog } from "@web/core/dialog/dialog";

/** The code that the customer scans, as long as it can be paid. Closing it cancels. */
export class ShopCodeDialog extends Component {
    static template = "o2o_payment.ShopCodeDialog";
    static components = { Dialog };
    static props = { amount: String, name: String, loadCode: Function, close: Function };

    setup() {
        this.state = useState({ qr: "", isLoading: true, secondsLeft: 0 });
        onMounted(() => this.load());
        const tick = browser.setInterval(() => this.tick(), 1000);
        onWillUnmount(() => browser.clearInterval(tick));
    }

    async load() {
        this.state.isLoading = true;
        const found = await this.props.loadCode();
        Object.assign(this.state, {
            qr: found?.qr || "",
            secondsLeft: found?.seconds_left || 0,
            isLoading: false,
        });
    }

    tick() {
        this.state.secondsLeft = Math.max(0, this.state.secondsLeft - 1);
    }
}
