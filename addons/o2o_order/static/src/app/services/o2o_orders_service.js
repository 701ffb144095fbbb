import { markRaw } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { ConnectionLostError } from "@web/core/network/rpc";
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
/** Answers thrown away because something changed meanwhile, before one is taken anyway. */
const MAX_STALE_ANSWERS = 3;

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
        this.refresh();
    }

    // === READING === //

    getOrder(id) {
        return this.orders.find((order) => order.id === id);
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
        mergeBoard(this.orders, board.orders);
        this.reasons = board.reasons;
        this.store = board.store;
        this.lastUpdate = Date.now();
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
        if (order && event === "rejected") {
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
        this.orders.splice(
            this.orders.findIndex(({ id }) => id === order.id),
            1
        );
    }

    // === ACTIONS === //

    /**
     * Ask the server for a change of state. The bell pauses for the order meanwhile, and rings
     * again when the change did not happen. Sending an action twice is harmless.
     *
     * @param {object} order
     * @param {"accept"|"reject"|"ready"|"ship"|"hand_over"} action
     * @param {object} [values] reject: reason_id, note; ship: tracking_ref
     * @returns {Promise<{status: string, message?: string, order?: object}>}
     */
    async act(order, action, values = {}) {
        if (this.isPending(order)) {
            return { status: "busy" };
        }
        this.pending[order.id] = action;
        this._updateBell();
        const outcome = await this._send("o2o.fulfillment", "pos_act", [order.id, action, values]);
        delete this.pending[order.id];
        this._applyOutcome(order, action, outcome);
        this._updateBell();
        this.refresh();
        this._notify(order, action, outcome);
        return outcome;
    }

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
            return { status: "refused", message: getErrorMessage(error) };
        }
    }

    _applyOutcome(order, action, { status, order: fresh }) {
        const known = this.getOrder(order.id);
        const isGone = status === "gone" || (status === "ok" && action === "reject");
        if (known && fresh) {
            updateOrder(known, fresh);
        } else if (known && isGone) {
            this._remove(known);
        }
    }

    _notify(order, action, outcome) {
        const isRejected = outcome.status === "ok" && action === "reject";
        const notice = getOutcomeNotice(
            outcome.order || order,
            isRejected ? { status: "rejected" } : outcome
        );
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
