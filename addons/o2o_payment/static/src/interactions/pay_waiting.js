import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";
import { rpc } from "@web/core/network/rpc";
import { redirect } from "@web/core/utils/urls";

/** Milliseconds between two looks at the payment. */
const LOOK = 1500;

/** PAY-02: a code waits to be scanned; the page sees by itself when it was paid. */
export class PayWaiting extends Interaction {
    static selector = ".o_o2o_pay_waiting";
    dynamicContent = {
        ".o_o2o_pay_left": { "t-out": () => this.left },
        ".o_o2o_pay_over": {
            "t-att-class": () => ({ "d-none": !["closed", "failed"].includes(this.state) }),
        },
        ".o_o2o_pay_held": { "t-att-class": () => ({ "d-none": this.state !== "held" }) },
        img: {
            "t-att-class": () => ({ "opacity-25": this.state !== "waiting" }),
        },
    };

    setup() {
        this.state = "waiting";
        this.show(parseInt(this.el.dataset.seconds));
    }

    start() {
        this.waitForTimeout(() => this.look(), LOOK);
    }

    show(seconds) {
        const minutes = Math.floor(seconds / 60);
        this.left = `${minutes}:${String(seconds % 60).padStart(2, "0")}`;
    }

    async look() {
        try {
            const progress = await this.waitFor(
                rpc(`/o2o/payment/state/${this.el.dataset.token}`, {}, { silent: true })
            );
            this.state = progress.state;
            this.show(progress.seconds_left);
        } catch {
            // the line is down for a moment: look again
        }
        if (this.state === "paid") {
            redirect("/payment/status");
        } else if (this.state === "waiting") {
            this.waitForTimeout(() => this.look(), LOOK);
        }
        this.updateContent();
    }
}

registry.category("public.interactions").add("o2o_payment.pay_waiting", PayWaiting);
