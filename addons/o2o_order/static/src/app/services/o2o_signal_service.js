import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { patch } from "@web/core/utils/patch";
import { O2oOrders } from "@o2o_order/app/services/o2o_orders_service";
import { isOpen } from "@o2o_order/app/utils/o2o_board";

function countChanges(order) {
    return (order.events || []).filter(({ kind }) => kind === "changed").length;
}

/**
 * Other news of an order the store works on: urged, changed, gone because nobody answered.
 *
 * Heard once on each till, from the board and not from the message, so that a lost message loses
 * no sound and two messages make no two.
 */
patch(O2oOrders.prototype, {
    setup() {
        super.setup(...arguments);
        /** Urged by the member and not looked at on this till yet: order ids. */
        this.urgedIds = [];
    },

    /** @override */
    _applyBoard(board) {
        const urged = [];
        const changed = [];
        for (const fresh of board.orders) {
            const known = this.getOrder(fresh.id);
            if (!known || !isOpen(fresh)) {
                continue;
            }
            if ((fresh.urge_count || 0) > (known.urge_count || 0)) {
                urged.push(fresh);
            }
            if (countChanges(fresh) > countChanges(known)) {
                changed.push(fresh);
            }
        }
        super._applyBoard(...arguments);
        this._keepUrged(urged);
        changed.forEach((order) => this._onChanged(order));
        if (urged.length) {
            this.bell.signal("urged");
        } else if (changed.length) {
            this.bell.signal("changed");
        }
    },

    _keepUrged(urged) {
        const ids = new Set([...this.urgedIds, ...urged.map(({ id }) => id)]);
        // shipped, ready or gone: the member has what was urged for
        this.urgedIds = [...ids].filter((id) => {
            const order = this.getOrder(id);
            return order && isOpen(order) && order.state !== "ready";
        });
    },

    _onChanged(order) {
        this.pos.notification.add(_t("%s was changed: look at it again", order.order_name), {
            type: "warning",
            sticky: true,
        });
    },

    get urgedOrders() {
        return this.urgedIds.map((id) => this.getOrder(id)).filter(Boolean);
    },

    /** The cashier has seen it on this till. */
    acknowledgeUrge(order) {
        this.urgedIds = this.urgedIds.filter((id) => id !== order.id);
    },

    /** @override */
    onOrderChanged({ fulfillment_id: id, event }) {
        const order = this.getOrder(id);
        if (order && event === "unanswered") {
            this._remove(order);
            this.pos.notification.add(
                _t("%s was not answered in time and moves on", order.order_name),
                { type: "warning", sticky: true }
            );
        }
        return super.onOrderChanged(...arguments);
    },
});

// the file has to be loaded before the service of the orders starts
registry.category("services").add("o2o_signals", {
    dependencies: ["o2o_orders"],
    start(env, { o2o_orders: orders }) {
        return orders;
    },
});
