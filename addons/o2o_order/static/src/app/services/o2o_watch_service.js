import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { patch } from "@web/core/utils/patch";
import { session } from "@web/session";
import { O2oOrders } from "@o2o_order/app/services/o2o_orders_service";

/** How often a till that does not trust its line asks whether there is news. */
export const WATCH_MS = 3000;
/** So long it goes on asking after the last reason for doubt. */
export const DOUBT_MS = 90000;
/** All tills of a chain come back in the same second after an outage: they spread over this. */
export const SPREAD_MS = 3000;

/**
 * Keeps the bell alive when messages do not come (performance F12, F13).
 *
 * The websocket wakes the till within a second. A till whose line was cut, whose server or database
 * was away, or which found news that no message had announced, does not rely on it for a while: it
 * asks every few seconds with a call of one statement, and loads the board when that says so.
 */
export class O2oWatch {
    constructor({ orders, data, random = Math.random }) {
        this.orders = orders;
        this.data = data;
        this.random = random;
        this.timer = null;
        this.doubtUntil = 0;
        this.isCut = false;
        this.isAsking = false;
    }

    start() {
        if (!this.orders.isEnabled) {
            return;
        }
        const { bus } = this.data;
        for (const type of ["BUS:DISCONNECT", "BUS:RECONNECTING"]) {
            bus.addEventListener(type, () => {
                this.isCut = true;
                this.doubt();
            });
        }
        for (const type of ["BUS:CONNECT", "BUS:RECONNECT"]) {
            bus.addEventListener(type, () => {
                this.isCut = false;
            });
        }
    }

    get isDoubtful() {
        return this.isCut || Date.now() < this.doubtUntil;
    }

    /** From now on messages may be missing. */
    doubt() {
        this.doubtUntil = Date.now() + DOUBT_MS;
        this.timer ??= browser.setTimeout(() => this._ask(), this._delay());
    }

    stop() {
        browser.clearTimeout(this.timer);
        this.timer = null;
        this.doubtUntil = 0;
        this.isCut = false;
    }

    _delay() {
        return WATCH_MS + this.random() * 1000;
    }

    async _ask() {
        try {
            const { version } = await this.data.orm.silent.call(
                "o2o.fulfillment",
                "pos_board_version",
                [this.orders.pos.config.id]
            );
            if (version && version !== this.orders.boardVersion) {
                await this.orders.refresh();
            }
        } catch {
            // still away: the doubt goes on
            this.doubtUntil = Date.now() + DOUBT_MS;
        }
        this.timer = this.isDoubtful ? browser.setTimeout(() => this._ask(), this._delay()) : null;
    }
}

patch(O2oOrders.prototype, {
    setup() {
        super.setup(...arguments);
        /** What the last board said about its own age; see `pos_board_version`. */
        this.boardVersion = false;
        /** Something else than the clock has asked for the next board. */
        this.isAnnounced = true;
        /** The answer to "did you hear it?", until the server knows it. */
        this.heardAnswer = undefined;
    },

    /** With each question the till says that it is there, and whether it can sound. */
    getPresence() {
        return {
            device: this.pos.device?.data?.device_identifier || "?",
            sound: this.bell.soundState,
            version: session.server_version || "",
            ...(this.heardAnswer === undefined ? {} : { heard: this.heardAnswer }),
        };
    },

    /** @override */
    _fetchBoard() {
        return this.pos.data.orm.silent.call("o2o.fulfillment", "pos_board", [this.pos.config.id], {
            context: { o2o_presence: this.getPresence() },
        });
    },

    /** @override */
    _applyBoard(board) {
        const isMissed = this.boardVersion && board.version !== this.boardVersion;
        if (isMissed && !this.isAnnounced) {
            this.watch?.doubt();
        }
        this.isAnnounced = false;
        this.boardVersion = board.version || false;
        this.heardAnswer = undefined;
        super._applyBoard(...arguments);
    },

    /** @override */
    onOrderChanged() {
        this.isAnnounced = true;
        return super.onOrderChanged(...arguments);
    },

    /** @override */
    act() {
        this.isAnnounced = true;
        return super.act(...arguments);
    },

    /** @override */
    setOffline() {
        super.setOffline(...arguments);
        this.watch?.doubt();
    },
});

export const o2oWatchService = {
    dependencies: ["pos", "o2o_orders"],
    start(env, { pos, o2o_orders: orders }) {
        const watch = new O2oWatch({ orders, data: pos.data });
        orders.watch = watch;
        watch.start();
        return watch;
    },
};

registry.category("services").add("o2o_watch", o2oWatchService);
