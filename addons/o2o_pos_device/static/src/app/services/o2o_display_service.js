import { registry } from "@web/core/registry";
import { logPosMessage } from "@point_of_sale/app/utils/pretty_console_log";

/**
 * The customer display at the box (POS-05).
 *
 * Nothing waits for it: a display that cannot be reached shows nothing, the sale goes on.
 */
export class O2oDisplay {
    constructor({ pos }) {
        this.pos = pos;
    }

    showTotal(order) {
        return this._show("total", order.totalDue, 0);
    }

    showChange(order) {
        const change = Math.abs(order.change);
        // what the customer gave, change included
        return this._show("change", order.totalDue + change, change);
    }

    async _show(kind, amount, change) {
        if (!this.pos.config.o2o_has_display) {
            return;
        }
        const { currency } = this.pos;
        try {
            await this.pos.data.call("o2o.display", "pos_show", [
                this.pos.config.id,
                kind,
                currency.round(amount),
                currency.round(change),
            ]);
        } catch (error) {
            logPosMessage("O2oDisplay", "show", "The display was not reached", false, [error]);
        }
    }
}

export const o2oDisplayService = {
    dependencies: ["pos"],
    start(env, dependencies) {
        return new O2oDisplay(dependencies);
    },
};

registry.category("services").add("o2o_display", o2oDisplayService);
