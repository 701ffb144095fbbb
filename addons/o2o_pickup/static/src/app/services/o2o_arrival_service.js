import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";
import { registry } from "@web/core/registry";
import { O2oOrders } from "@o2o_order/app/services/o2o_orders_service";
import { isOpen } from "@o2o_order/app/utils/o2o_board";
import { O2oBell } from "@o2o_order/app/utils/o2o_bell";

patch(O2oBell.prototype, {
    /** Somebody waits at the door; the bell of new orders is not interrupted by words. */
    async signalOutside(order) {
        await this._play("urged");
        if (!this.isRinging && !this.isBlocked) {
            const values = { name: order.partner_name, place: order.pickup_place };
            this.speaker.say(
                order.pickup_place
                    ? _t("A customer is outside: %(name)s, place %(place)s", values)
                    : _t("A customer is outside: %(name)s", values)
            );
        }
    },
});

/**
 * "I am outside" (idea 24): heard once on each till, from the board and not from the message, so
 * that a lost message loses nobody; shown until somebody looks at it.
 */
patch(O2oOrders.prototype, {
    setup() {
        super.setup(...arguments);
        /** Outside, and not looked at on this till yet: order ids. */
        this.outsideIds = [];
    },

    /** @override */
    _applyBoard(board) {
        const arrived = board.orders.filter((fresh) => {
            const known = this.getOrder(fresh.id);
            return (
                known && isOpen(fresh) && (fresh.arrival_count || 0) > (known.arrival_count || 0)
            );
        });
        super._applyBoard(...arguments);
        const ids = new Set([...this.outsideIds, ...arrived.map(({ id }) => id)]);
        this.outsideIds = [...ids].filter((id) => {
            const order = this.getOrder(id);
            return order && isOpen(order);
        });
        if (arrived.length) {
            this.bell.signalOutside(this.getOrder(arrived[0].id) || arrived[0]);
        }
    },

    get outsideOrders() {
        return this.outsideIds.map((id) => this.getOrder(id)).filter(Boolean);
    },

    /** Seen on this till. */
    acknowledgeArrival(order) {
        this.outsideIds = this.outsideIds.filter((id) => id !== order.id);
    },
});

// the file has to be loaded before the service of the orders starts
registry.category("services").add("o2o_arrivals", {
    dependencies: ["o2o_orders"],
    start(env, { o2o_orders: orders }) {
        return orders;
    },
});
