import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { patch } from "@web/core/utils/patch";
import { Reactive } from "@web/core/utils/reactive";
import { O2oOrders, TIMEOUT_MS } from "@o2o_order/app/services/o2o_orders_service";
import { mergeBoard, parseServerTime } from "@o2o_order/app/utils/o2o_board";
import { NoAnswerError, withTimeout } from "@o2o_order/app/utils/o2o_timeout";

/**
 * The orders that this store may grab (ROUT-03, idea 11).
 *
 * What is shown comes with the board, like all else; messages only wake, or take away what another
 * store has won, so that nobody taps in vain.
 */
export class O2oGrabs extends Reactive {
    orders = [];
    /** On their way to the server, by id. */
    pending = {};
    /** Known before: only a new one sounds. */
    knownIds = new Set();

    constructor({ pos, onlineOrders }) {
        super();
        this.pos = pos;
        this.onlineOrders = onlineOrders;
    }

    start() {
        if (!this.onlineOrders.isEnabled) {
            return;
        }
        this.onlineOrders.grabs = this;
        this.pos.data.connectWebSocket("O2O_POOL_CHANGED", (message) =>
            this.onPoolChanged(message)
        );
        this.apply(this.onlineOrders.lastPool || []);
    }

    get count() {
        return this.orders.length;
    }

    isPending(order) {
        return Boolean(this.pending[order.id]);
    }

    /** @returns {number} seconds until a store is chosen without asking */
    getSecondsLeft(order) {
        const until = parseServerTime(order.until);
        const now = Date.now() + this.onlineOrders.clockOffset;
        return until ? Math.max(0, Math.floor((until.toMillis() - now) / 1000)) : 0;
    }

    /** What the server says is to be grabbed now. */
    apply(pool) {
        const isNew = pool.some(({ id }) => !this.knownIds.has(id));
        this.knownIds = new Set(pool.map(({ id }) => id));
        mergeBoard(this.orders, pool);
        if (isNew) {
            this.onlineOrders.bell.signal("pool");
        }
    }

    onPoolChanged({ fulfillment_id: id, event, store }) {
        this.onlineOrders.isAnnounced = true;
        if (event === "new") {
            return this.onlineOrders.refresh();
        }
        const order = this.orders.find((known) => known.id === id);
        if (!order) {
            return;
        }
        this._remove(id);
        if (event === "taken" && !this.isPending(order)) {
            this._notify(_t("%(order)s: taken by %(store)s", { order: order.name, store }));
        }
    }

    /**
     * One tap: the order is this store's, or somebody else's.
     *
     * @returns {Promise<{status: string, message?: string, order?: object}>}
     */
    async grab(order) {
        if (this.isPending(order)) {
            return { status: "busy" };
        }
        this.pending[order.id] = true;
        const outcome = await this._send(order);
        delete this.pending[order.id];
        this._show(order, outcome);
        if (["ok", "taken", "gone"].includes(outcome.status)) {
            this._remove(order.id);
        }
        this.onlineOrders.isAnnounced = true;
        await this.onlineOrders.refresh();
        return outcome;
    }

    async _send(order) {
        try {
            const answer = this.pos.data.call("o2o.fulfillment", "pos_grab", [
                this.pos.config.id,
                order.id,
            ]);
            return await withTimeout(answer, TIMEOUT_MS);
        } catch (error) {
            if (error instanceof NoAnswerError) {
                return { status: "unknown" };
            }
            if (error instanceof ConnectionLostError) {
                this.onlineOrders.setOffline();
                return { status: "offline" };
            }
            return { status: "refused", message: error?.data?.message || error?.message };
        }
    }

    _show(order, { status, message, order: won }) {
        const name = won?.order_name || order.name;
        const texts = {
            ok: () => _t("%s is yours: prepare it now", name),
            taken: () => message || _t("%s: another store was faster", name),
            gone: () => message || _t("%s is no longer to be grabbed", name),
            offline: () => _t("%s: not sent, there is no connection. Please try again.", name),
            unknown: () =>
                _t("%s: no answer from the server. Look at your orders, then try again.", name),
        };
        const text = (texts[status] || (() => message || _t("This is not possible now")))();
        this._notify(text, status === "ok" ? "success" : status === "taken" ? "info" : "warning");
    }

    _notify(text, type = "info") {
        this.pos.notification.add(text, { type });
    }

    _remove(id) {
        const index = this.orders.findIndex((order) => order.id === id);
        if (index >= 0) {
            this.orders.splice(index, 1);
        }
    }
}

patch(O2oOrders.prototype, {
    /** @override */
    _applyBoard(board) {
        super._applyBoard(...arguments);
        this.lastPool = board.pool || [];
        this.grabs?.apply(this.lastPool);
    },

    /** Hand a grabbed order back to the pool, with a reason. */
    async drop(order, note) {
        this.isAnnounced = true;
        const outcome = await this._send("o2o.fulfillment", "pos_drop", [order.id, note]);
        if (outcome.status === "ok") {
            this._remove(order);
            this._updateBell();
            this.pos.notification.add(_t("%s was handed back", order.order_name), {
                type: "success",
            });
        } else {
            this._notify(order, "drop", outcome);
        }
        this.refresh();
        return outcome;
    },
});

export const o2oGrabService = {
    dependencies: ["pos", "o2o_orders"],
    start(env, { pos, o2o_orders: onlineOrders }) {
        const grabs = new O2oGrabs({ pos, onlineOrders });
        grabs.start();
        return grabs;
    },
};

registry.category("services").add("o2o_grabs", o2oGrabService);

/** Redraws the seconds that are left; the caller stops it. */
export function everySecond(callback) {
    const timer = browser.setInterval(callback, 1000);
    return () => browser.clearInterval(timer);
}
