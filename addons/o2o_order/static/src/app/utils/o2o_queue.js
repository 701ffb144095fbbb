import { browser } from "@web/core/browser/browser";
import { uuidv4 } from "@point_of_sale/utils";
import { _t } from "@web/core/l10n/translation";

/** What a till may do to an order it knows while nobody can be asked (idea 17). */
export const OFFLINE_ACTIONS = new Set(["accept", "pick", "ready", "ship", "hand_over"]);
/** Orders shown before the server is reached are no older than that. */
const SNAPSHOT_MS = 12 * 3600 * 1000;

/** State and next step of an order whose action waits for the network, by action. */
const EFFECTS = {
    accept: { from: ["offered"], state: "accepted" },
    pick: { from: ["accepted"], state: "picking" },
    ready: { from: ["accepted", "picking"], state: "ready" },
    ship: { from: ["accepted", "picking", "ready"], state: "shipped" },
    hand_over: { from: ["ready"], state: "completed" },
};

function getNextActions(order, state) {
    const isPickup = order.delivery_kind === "pickup";
    switch (state) {
        case "accepted":
        case "picking":
            return isPickup ? ["ready"] : ["ship"];
        case "ready":
            return isPickup ? ["hand_over"] : ["ship"];
        default:
            return [];
    }
}

/**
 * Actions that wait for the network, and what became of those that came too late.
 *
 * Kept in the storage of the browser: a reload or a power cut loses nothing. Each action has
 * a key; sending it twice is harmless, so an action leaves the queue only when the server has
 * answered it.
 */
export class O2oQueue {
    /** @param {string} name one for each till */
    constructor(name) {
        this.name = `o2o_order.queue.${name}`;
        this.entries = [];
        this.conflicts = [];
        this.isStored = true;
        this.load();
    }

    static makeKey() {
        return uuidv4();
    }

    /** Another window of the same till may have changed it. */
    load() {
        if (!this.isStored) {
            return;
        }
        const stored = read(this.name);
        this.entries = stored?.entries || [];
        this.conflicts = stored?.conflicts || [];
    }

    save() {
        this.isStored = write(this.name, { entries: this.entries, conflicts: this.conflicts });
    }

    has(orderId) {
        return this.entries.some((entry) => entry.orderId === orderId);
    }

    add(order, action, values, key) {
        this.load();
        if (!this.entries.some((entry) => entry.key === key)) {
            this.entries.push({
                key,
                orderId: order.id,
                orderName: order.order_name,
                action,
                values,
            });
        }
        this.save();
    }

    /** The slip of this step has been printed by the till itself. */
    markPrinted(orderId, actions) {
        const entry = this.entries.find(
            (waiting) => waiting.orderId === orderId && actions.includes(waiting.action)
        );
        if (entry) {
            entry.values = { ...entry.values, printed: true };
            this.save();
        }
    }

    remove(key) {
        this.load();
        this.entries = this.entries.filter((entry) => entry.key !== key);
        this.save();
    }

    /** The server did not do it: what was to follow on that order makes no sense either. */
    giveUp(entry, outcome) {
        this.load();
        const dropped = this.entries.filter(({ orderId }) => orderId === entry.orderId);
        this.entries = this.entries.filter(({ orderId }) => orderId !== entry.orderId);
        this.conflicts.push({
            key: entry.key,
            orderId: entry.orderId,
            orderName: entry.orderName,
            actions: dropped.map(({ action }) => action),
            status: outcome.status,
            message: outcome.message || "",
            state: outcome.order?.state || "",
            by: outcome.order?.accepted_by || "",
        });
        this.save();
    }

    dismiss(key) {
        this.load();
        this.conflicts = this.conflicts.filter((conflict) => conflict.key !== key);
        this.save();
    }

    /**
     * An order as it will be once the queue is sent. The server's word stands where it has
     * moved on meanwhile (a cancelled order is shown as cancelled).
     */
    applyTo(order) {
        let result = order;
        for (const { orderId, action, values } of this.entries) {
            const effect = EFFECTS[action];
            if (orderId !== order.id || !effect?.from.includes(result.state)) {
                continue;
            }
            result = {
                ...result,
                state: effect.state,
                actions: getNextActions(result, effect.state),
                more_actions: [],
                tracking_ref: values.tracking_ref || result.tracking_ref,
                due_at: "",
                due_kind: "",
                is_queued: true,
            };
        }
        return result === order ? { ...order, is_queued: false } : result;
    }
}

/** What the till showed last, for a start without network. */
export class O2oSnapshot {
    constructor(name) {
        this.name = `o2o_order.board.${name}`;
    }

    load() {
        const stored = read(this.name);
        return stored && Date.now() - stored.at < SNAPSHOT_MS ? stored : null;
    }

    /** Orders that are over are not needed, and personal: they are not kept. */
    save({ orders, reasons, store }) {
        const kept = orders.filter(({ state }) => state !== "completed" && state !== "cancelled");
        write(this.name, { at: Date.now(), orders: kept, reasons, store });
    }
}

function read(name) {
    try {
        return JSON.parse(browser.localStorage.getItem(name));
    } catch {
        return null;
    }
}

/** @returns {boolean} false when the browser has no room: it is kept in memory then */
function write(name, value) {
    try {
        browser.localStorage.setItem(name, JSON.stringify(value));
        return true;
    } catch {
        return false;
    }
}

/**
 * A conflict in plain words: what happened meanwhile, and what to do now.
 *
 * @returns {{title: string, advice: string}}
 */
export function getConflictText(conflict) {
    const name = conflict.orderName;
    const hasLeft = conflict.actions.some((action) => ["ship", "hand_over"].includes(action));
    if (conflict.state === "cancelled") {
        return {
            title: _t("%s was cancelled while there was no network", name),
            advice: hasLeft
                ? _t("The goods have left already: call the customer or the courier back.")
                : _t("Keep the goods here and put them back on the shelf."),
        };
    }
    if (conflict.status === "taken") {
        return {
            title: conflict.by
                ? _t("%(order)s was accepted by %(name)s meanwhile", {
                      order: name,
                      name: conflict.by,
                  })
                : _t("%s was accepted at another till meanwhile", name),
            advice: _t("Ask who prepares it, and throw away the second slip."),
        };
    }
    if (conflict.status === "gone") {
        return {
            title: conflict.message
                ? _t("%(order)s: %(message)s", { order: name, message: conflict.message })
                : _t("%s has moved to another store meanwhile", name),
            advice: hasLeft
                ? _t("The goods have left already: call head office.")
                : _t("Do not hand the goods out; put them back on the shelf."),
        };
    }
    return {
        title: conflict.message
            ? _t("%(order)s: %(message)s", { order: name, message: conflict.message })
            : _t("%s: this was not possible any more", name),
        advice: _t("Open the order and see what is left to do."),
    };
}
