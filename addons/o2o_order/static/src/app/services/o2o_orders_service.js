import { markRaw } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { ConnectionLostError } from "@web/core/network/rpc";
import { serializeDateTime } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { Reactive } from "@web/core/utils/reactive";
import { O2oBell } from "@o2o_order/app/utils/o2o_bell";
import {
    getTab,
    getTabOrders,
    isOpen,
    mergeBoard,
    parseServerTime,
    updateOrder,
} from "@o2o_order/app/utils/o2o_board";
import { O2oQueue, O2oSnapshot, OFFLINE_ACTIONS } from "@o2o_order/app/utils/o2o_queue";
import { O2oSoundPlayer, O2oSpeaker } from "@o2o_order/app/utils/o2o_sound";
import { getPrintNotice, needsAttention } from "@o2o_order/app/utils/o2o_print";
import { getOutcomeNotice } from "@o2o_order/app/utils/o2o_text";
import { NoAnswerError, withTimeout } from "@o2o_order/app/utils/o2o_timeout";
import { _t } from "@web/core/l10n/translation";

/** Asks the server even when no message came: a lost message costs at most this long. */
export const POLL_MS = 20000;
/** After a failure, until the next try. */
export const RETRY_MS = 5000;
/** A request without an answer for this long counts as lost. */
export const TIMEOUT_MS = 15000;
/** What is typed is looked for on the server after a rest of this length. */
export const SEARCH_MS = 400;
/** Shorter queries are looked for on the till only. */
const SEARCH_LENGTH = 2;
/** Refusals of the server itself; any other error is trouble on the way, and tried again. */
const REFUSALS = /\.(UserError|AccessError|ValidationError|MissingError)$/;
/** Answers thrown away because something changed meanwhile, before one is taken anyway. */
const MAX_STALE_ANSWERS = 3;

/** Actions after which the order is another store's, and what to tell of them. */
const SENT_AWAY = new Map([
    ["reject", "rejected"],
    ["pass_on", "passed_on"],
]);

const { DateTime } = luxon;

/**
 * The online orders of the till's store, as the server sees them (POS-01, POS-04, ROUT-07/08).
 *
 * The server is the only memory: each load replaces what the till shows, so a reload, a lost
 * message or an outage loses nothing. Bus messages only say that it is time to look.
 */
export class O2oOrders extends Reactive {
    orders = [];
    reasons = [];
    store = false;
    /** "loading" | "online" | "offline" | "refused" */
    connection = "loading";
    /** Why the server refuses the board, in its words. */
    errorMessage = "";
    /** Time of the last good answer, in ms of the till's clock. */
    lastUpdate = 0;
    /** Server clock minus till clock, in ms: waiting times are right on a till that is not. */
    clockOffset = 0;
    /** Actions on their way to the server, by order id. */
    pending = {};
    /** Slips on their way to the printer at the request of this till. */
    reprinting = {};
    /** Orders of any age the server found for what is typed. */
    found = { query: "", orders: [], isMore: false, isLoading: false };
    /** How many actions wait for the network, and what came too late (idea 17). */
    queueState = { count: 0, conflicts: [] };
    bellState = { isRinging: false, isBlocked: false };
    /** What the screen shows; kept here, so that it is the same after a sale in between. */
    view = { tab: "waiting", query: "", selectedId: false };

    constructor({ pos }) {
        super();
        this.setup({ pos });
    }

    setup({ pos }) {
        this.pos = pos;
        this.loading = null;
        this.isStale = false;
        this.timer = null;
        this.searchTimer = null;
        const name = pos.config.raw.uuid || String(pos.config.id);
        this.queue = markRaw(new O2oQueue(name));
        this.snapshot = markRaw(new O2oSnapshot(name));
        this.bell = markRaw(
            new O2oBell({
                player: new O2oSoundPlayer(),
                speaker: new O2oSpeaker(),
                onChange: (state) => Object.assign(this.bellState, state),
            })
        );
    }

    /** A till that belongs to no store has no online orders. */
    get isEnabled() {
        return Boolean(this.pos.config.raw.o2o_store_id);
    }

    start() {
        if (!this.isEnabled) {
            return;
        }
        const { data } = this.pos;
        data.connectWebSocket("O2O_ORDER_CHANGED", (message) => this.onOrderChanged(message));
        data.connectWebSocket("O2O_PRINT_CHANGED", (message) => this.onPrintChanged(message));
        // a line that was cut is looked after by o2o_watch_service.js
        data.bus.addEventListener("BUS:CONNECT", () => this.refresh());
        for (const type of ["focus", "online", "pageshow", "pos-network-online"]) {
            browser.addEventListener(type, () => this.refresh());
        }
        browser.addEventListener("offline", () => this.setOffline());
        for (const type of ["pointerup", "keydown"]) {
            browser.addEventListener(type, () => this.bell.unlock(), { capture: true });
        }
        this.bell.start();
        this._restore();
        this.refresh();
    }

    /** What the till knew before a reload; the server's word replaces it when it comes. */
    _restore() {
        const known = this.snapshot.load();
        if (known) {
            this.orders = known.orders.map((order) => this.queue.applyTo(order));
            this.reasons = known.reasons;
            this.store = known.store;
            this.lastUpdate = known.at;
        }
        this._updateQueueState();
        this._updateBell();
    }

    // === READING === //

    getOrder(id) {
        const isWanted = (order) => order.id === id;
        return this.orders.find(isWanted) || this.found.orders.find(isWanted);
    }

    isOnBoard(order) {
        return this.orders.some(({ id }) => id === order.id);
    }

    getOrders(tab) {
        return getTabOrders(this.orders, tab);
    }

    count(tab) {
        return this.orders.filter((order) => getTab(order) === tab).length;
    }

    isPending(order) {
        return Boolean(this.pending[order.id]);
    }

    isReprinting(order, documentType) {
        return Boolean(this.reprinting[`${order.id}/${documentType}`]);
    }

    /** @returns {number} seconds until a moment of the server's clock, negative when late */
    getSecondsUntil(serverTime) {
        return -this.getSecondsSince(serverTime);
    }

    /** @returns {number} seconds since a moment of the server's clock */
    getSecondsSince(serverTime) {
        const time = parseServerTime(serverTime);
        return time ? (Date.now() + this.clockOffset - time.toMillis()) / 1000 : 0;
    }

    // === LOADING === //

    /**
     * Look at the server now. Calls during a load are answered by one more load: what it
     * brings may be older than the reason for the call.
     */
    refresh() {
        this.isStale = true;
        this.loading ??= this._load().finally(() => {
            this.loading = null;
        });
        return this.loading;
    }

    async _load() {
        browser.clearTimeout(this.timer);
        let delay = POLL_MS;
        try {
            for (let attempt = 1; this.isStale; attempt++) {
                this.isStale = false;
                this.queue.load();
                if (this.queue.entries.length) {
                    await this._replay();
                }
                const board = await withTimeout(this._fetchBoard(), TIMEOUT_MS);
                if (!this.isStale || attempt >= MAX_STALE_ANSWERS) {
                    this._applyBoard(board);
                }
            }
        } catch (error) {
            delay = RETRY_MS;
            this._onLoadError(error);
        }
        this.timer = browser.setTimeout(() => this.refresh(), delay);
    }

    /** Silent: a background look must not make the navbar's spinner blink. */
    _fetchBoard() {
        return this.pos.data.orm.silent.call("o2o.fulfillment", "pos_board", [this.pos.config.id]);
    }

    _applyBoard(board) {
        const cancelled = board.orders.filter((fresh) => this._isNewlyCancelled(fresh));
        mergeBoard(
            this.orders,
            board.orders.map((order) => this.queue.applyTo(order))
        );
        this.reasons = board.reasons;
        this.store = board.store;
        this.lastUpdate = Date.now();
        this.snapshot.save(board);
        this.clockOffset = this._getClockOffset(board.server_time);
        this.connection = "online";
        this.errorMessage = "";
        this._updateBell();
        cancelled.forEach((order) => this._onCancelled(order));
    }

    _isNewlyCancelled(fresh) {
        const known = this.getOrder(fresh.id);
        return fresh.state === "cancelled" && Boolean(known) && isOpen(known);
    }

    _getClockOffset(serverTime) {
        const time = parseServerTime(serverTime);
        return time ? time.toMillis() - Date.now() : 0;
    }

    _onLoadError(error) {
        if (isConnectionError(error)) {
            this.setOffline();
        } else {
            this.connection = "refused";
            this.errorMessage = getErrorMessage(error);
        }
    }

    /** What is shown stays, with its age; the bell goes on, for the orders still wait. */
    setOffline() {
        this.connection = "offline";
    }

    // === MESSAGES === //

    /** Believe the message at once where it silences the bell, then look at the server. */
    onOrderChanged({ fulfillment_id, state, event }) {
        const order = this.getOrder(fulfillment_id);
        if (order && (event === "rejected" || event === "passed_on")) {
            this._remove(order);
        } else if (order && event === "cancelled" && isOpen(order)) {
            order.state = "cancelled";
            order.actions = [];
            this._onCancelled(order);
        } else if (order?.state === "offered" && state !== "offered") {
            order.state = state;
            order.actions = [];
        }
        this._updateBell();
        return this.refresh();
    }

    /** A slip moves on; a paper that did not come out is nobody's secret. */
    onPrintChanged({ fulfillment_id, document_type, state, name, reprint_number, error }) {
        const order = this.getOrder(fulfillment_id);
        if (!order?.print_jobs) {
            return;
        }
        const job = { document_type, state, name, reprint_number, error };
        const current = order.print_jobs.find((known) => known.document_type === document_type);
        if (current && current.reprint_number > reprint_number) {
            return;
        }
        const hasFailed = needsAttention(job) && current?.state !== state;
        const others = order.print_jobs.filter((known) => known !== current);
        order.print_jobs = [...others, job];
        if (hasFailed) {
            this.pos.notification.add(getPrintNotice(order, job), { type: "danger", sticky: true });
        }
    }

    _onCancelled(order) {
        this.bell.signalCancelled();
        this.pos.notification.add(_t("%s was cancelled: keep the goods here", order.order_name), {
            type: "warning",
            sticky: true,
        });
    }

    _updateBell() {
        this.bell.update(this.getOrders("waiting").filter((order) => !this.isPending(order)));
    }

    _remove(order) {
        for (const orders of [this.orders, this.found.orders]) {
            const index = orders.findIndex(({ id }) => id === order.id);
            if (index >= 0) {
                orders.splice(index, 1);
            }
        }
    }

    // === ACTIONS === //

    /**
     * Ask the server for a change of state. The bell pauses for the order meanwhile, and rings
     * again when the change did not happen. Sending an action twice is harmless: it has a key.
     *
     * Without network, or without an answer, what a till may do alone is noted and sent later.
     *
     * @param {object} order
     * @param {string} action see `pos_act` of the server
     * @param {object} [values] what the action needs
     * @param {string} [key] of an earlier try of the same press
     * @returns {Promise<{status: string, message?: string, order?: object}>}
     */
    async act(order, action, values = {}, key = O2oQueue.makeKey()) {
        if (this.isPending(order)) {
            return { status: "busy" };
        }
        // one after the other: a later step must not overtake one that waits
        const mustWait = this.queue.has(order.id) || this.connection === "offline";
        if (OFFLINE_ACTIONS.has(action) && mustWait) {
            return this._enqueue(order, action, values, key);
        }
        this.pending[order.id] = action;
        this._updateBell();
        const args = [order.id, action, values, key];
        const outcome = await this._send("o2o.fulfillment", "pos_act", args);
        delete this.pending[order.id];
        if (["offline", "unknown"].includes(outcome.status) && OFFLINE_ACTIONS.has(action)) {
            return this._enqueue(order, action, values, key);
        }
        this._applyOutcome(order, action, outcome);
        this._updateBell();
        this.refresh();
        this._notify(order, action, outcome);
        return outcome;
    }

    // === WITHOUT NETWORK (idea 17) === //

    /** Note an action and show the order as if it were done. */
    _enqueue(order, action, values, key) {
        const late = { ...values, pressed_at: serializeDateTime(DateTime.now()) };
        this.queue.add(order, action, late, key);
        const known = this.getOrder(order.id);
        if (known) {
            updateOrder(known, this.queue.applyTo(known));
        }
        this._updateQueueState();
        this._updateBell();
        this.refresh();
        const outcome = { status: "queued" };
        this._notify(order, action, outcome);
        return outcome;
    }

    /** Send what waits, in the order it was pressed, until the network fails again. */
    async _replay() {
        while (this.queue.entries.length) {
            const [entry] = this.queue.entries;
            const args = [entry.orderId, entry.action, entry.values, entry.key];
            const outcome = await this._send("o2o.fulfillment", "pos_act", args);
            const isRefusal = !outcome.errorName || REFUSALS.test(outcome.errorName);
            if (["offline", "unknown"].includes(outcome.status) || !isRefusal) {
                break;
            }
            if (outcome.status === "ok") {
                this.queue.remove(entry.key);
            } else {
                this.queue.giveUp(entry, outcome);
            }
        }
        this._updateQueueState();
    }

    _updateQueueState() {
        Object.assign(this.queueState, {
            count: this.queue.entries.length,
            conflicts: [...this.queue.conflicts],
        });
    }

    dismissConflict(key) {
        this.queue.dismiss(key);
        this._updateQueueState();
    }

    /** A slip came out of the till's own printer: the box need not print it once more. */
    markPrinted(order, documentType) {
        const actions = documentType === "order_slip" ? ["accept"] : ["ship", "hand_over"];
        this.queue.markPrinted(order.id, actions);
    }

    // === SEARCH (POS-03, POS-08) === //

    /** Look for what is typed among all orders of the store, once the typing rests. */
    search(query) {
        browser.clearTimeout(this.searchTimer);
        const wanted = query.trim();
        if (wanted.length < SEARCH_LENGTH) {
            Object.assign(this.found, { query: "", orders: [], isMore: false, isLoading: false });
            return;
        }
        this.found.isLoading = true;
        this.searchTimer = browser.setTimeout(() => this._search(wanted), SEARCH_MS);
    }

    async _search(query) {
        let answer = { orders: [], more: false };
        try {
            answer = await withTimeout(
                this.pos.data.orm.silent.call("o2o.fulfillment", "pos_search", [
                    this.pos.config.id,
                    query,
                ]),
                TIMEOUT_MS
            );
        } catch (error) {
            this._onLoadError(error);
        }
        if (this.view.query.trim() === query) {
            Object.assign(this.found, {
                query,
                orders: answer.orders.map((order) => this.queue.applyTo(order)),
                isMore: answer.more,
                isLoading: false,
            });
        }
    }

    /** Ask the server something; `{status: "offline"}` and the like when it cannot be asked. */
    ask(method, ...args) {
        return this._send("o2o.fulfillment", method, args);
    }

    /** Where an article stands: shown at once on every order that has it. */
    async setShelf(productId, place) {
        const outcome = await this.ask("pos_set_shelf", productId, place);
        if (outcome.status !== "ok") {
            this.pos.notification.add(
                outcome.message || _t("The shelf place was not saved. Please try again."),
                { type: "danger" }
            );
            return;
        }
        for (const order of [...this.orders, ...this.found.orders]) {
            for (const line of order.lines) {
                if (line.product_id === productId) {
                    line.shelf = outcome.place;
                }
            }
        }
        // a board that is under way may have been read before
        this.refresh();
    }

    // === SLIPS === //

    /** Print a slip, again or for the first time (POS-08; answered by `o2o_pos_device`). */
    async reprint(order, documentType) {
        if (this.isReprinting(order, documentType)) {
            return { status: "busy" };
        }
        const key = `${order.id}/${documentType}`;
        this.reprinting[key] = true;
        const outcome = await this._send("o2o.fulfillment", "pos_reprint", [
            order.id,
            documentType,
        ]);
        delete this.reprinting[key];
        if (outcome.status === "ok") {
            updateOrder(order, { print_jobs: outcome.print_jobs });
        } else {
            this._notify(order, "reprint", outcome);
        }
        return outcome;
    }

    /** Ask the box of the store for the slip of a return (answered by `o2o_pos_device`). */
    printRefund(refund) {
        return this.ask("pos_print_refund", refund.id);
    }

    /** @returns {Promise<object>} the answer of the server, or the failure as a status */
    async _send(model, method, args) {
        try {
            const answer = this.pos.data.call(model, method, [this.pos.config.id, ...args]);
            const outcome = await withTimeout(answer, TIMEOUT_MS);
            return outcome?.status ? outcome : { status: "ok" };
        } catch (error) {
            if (error instanceof NoAnswerError) {
                return { status: "unknown" };
            }
            if (error instanceof ConnectionLostError) {
                this.setOffline();
                return { status: "offline" };
            }
            return {
                status: "refused",
                message: getErrorMessage(error),
                errorName: error?.exceptionName || error?.data?.name || "unknown",
            };
        }
    }

    _applyOutcome(order, action, { status, order: fresh }) {
        const known = this.getOrder(order.id);
        const isAway = status === "ok" && SENT_AWAY.has(action);
        const isGone = status === "gone" || isAway;
        if (known && fresh) {
            updateOrder(known, fresh);
        } else if (known && isGone) {
            this._remove(known);
        }
    }

    _notify(order, action, outcome) {
        const status = (outcome.status === "ok" && SENT_AWAY.get(action)) || outcome.status;
        const notice = getOutcomeNotice(outcome.order || order, { ...outcome, status });
        this.pos.notification.add(notice.text, { type: notice.type });
    }
}

function isConnectionError(error) {
    return error instanceof ConnectionLostError || error instanceof NoAnswerError;
}

/** The server's own words where it meant them for people. */
function getErrorMessage(error) {
    return error?.data?.message || error?.message || _t("The server could not answer");
}

export const o2oOrdersService = {
    dependencies: ["pos"],
    start(env, { pos }) {
        const orders = new O2oOrders({ pos });
        orders.start();
        return orders;
    },
};

registry.category("services").add("o2o_orders", o2oOrdersService);
