import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

/** Without news on the bus the page still asks now and then, in milliseconds. */
const SAFETY_POLL = 20000;

/**
 * Keeps the progress of an order up to date on an open page (SHOP-07).
 *
 * The bus only wakes; what is shown always comes from the server.
 */
export class OrderProgress extends Interaction {
    static selector = ".o_o2o_progress";

    setup() {
        this.orderId = parseInt(this.el.dataset.orderId);
        const token = encodeURIComponent(this.el.dataset.accessToken);
        // a guest who found the order has an address of its own, without the token
        this.url =
            this.el.dataset.url || `/o2o/order/progress/${this.orderId}?access_token=${token}`;
        this.onStatus = ({ order_id }) => order_id === this.orderId && this.refresh();
    }

    start() {
        const bus = this.services.bus_service;
        bus.subscribe("O2O_ORDER_STATUS", this.onStatus);
        bus.start();
        this.registerCleanup(() => bus.unsubscribe("O2O_ORDER_STATUS", this.onStatus));
        const timer = setInterval(() => this.refresh(), SAFETY_POLL);
        this.registerCleanup(() => clearInterval(timer));
        this.addListener(document, "visibilitychange", () => {
            if (document.visibilityState === "visible") {
                this.refresh();
            }
        });
    }

    async refresh() {
        let response;
        try {
            response = await this.waitFor(fetch(this.url, { credentials: "same-origin" }));
        } catch {
            return; // offline: the next news or the next poll shows the truth
        }
        if (response.ok) {
            this.show(await this.waitFor(response.text()));
        }
    }

    show(html) {
        this.el.innerHTML = html;
    }
}

registry.category("public.interactions").add("o2o_order.order_progress", OrderProgress);
