import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { Reactive } from "@web/core/utils/reactive";
import { RPCError } from "@web/core/network/rpc";
import { uuidv4 } from "@point_of_sale/utils";
import { callTerminal } from "@o2o_pos_device/app/utils/o2o_terminal_call";
import { getDeclineText } from "@o2o_pos_device/app/utils/o2o_terminal_text";
import { O2oTerminalDialog } from "@o2o_pos_device/app/screens/o2o_terminal_dialog/o2o_terminal_dialog";
import { _t } from "@web/core/l10n/translation";

/** Asks again after this time while something is under way. */
export const BUSY_MS = 3000;
/** A terminal that falls silent is told by nobody: looked at so often. */
export const IDLE_MS = 60000;
/** Nothing to do about it. */
const WELL = new Set(["idle", "busy"]);
const OPEN = new Set(["new", "pending"]);

/** A box that died with a sign-in in its hands says nothing any more. */
function isUnderWay(signIn) {
    return Boolean(signIn) && OPEN.has(signIn.state) && signIn.seconds_left > 0;
}

function endOf(signIn) {
    return OPEN.has(signIn.state) ? { ...signIn, state: "declined", code: "expired" } : signIn;
}

/**
 * The bank-card terminal of the till: how it is, and what it has done (POS-08, POS-10 to 13).
 *
 * The server is the only memory; messages only say that it is time to look.
 */
export class O2oTerminal extends Reactive {
    /** As `pos_status` tells it; null until the first answer. */
    status = null;
    /** Goes up when the list of transactions is worth a look. */
    version = 0;
    isSigningIn = false;

    constructor({ pos, dialog, notification }) {
        super();
        Object.assign(this, { pos, dialog, notification });
        /** The last sign-in that this page knows the end of. */
        this.toldUid = null;
        this.timer = null;
        this.closeNotice = () => {};
    }

    get isEnabled() {
        return Boolean(this.pos.config.o2o_has_terminal);
    }

    get isWell() {
        return !this.status || WELL.has(this.status.state);
    }

    start() {
        if (!this.isEnabled) {
            return;
        }
        const { data } = this.pos;
        data.connectWebSocket("O2O_TERMINAL_STATUS", (message) => this.onMessage(message));
        data.connectWebSocket("O2O_TERMINAL_TRANSACTION", (message) => this.onMessage(message));
        return this.refresh();
    }

    onMessage({ terminal_id: id }) {
        // tills of a store hear of each other's terminals
        return !this.status || this.status.id === id ? this.refresh() : Promise.resolve();
    }

    /** Ask the server how the terminal is; without an answer all stays as it was. */
    async refresh() {
        if (!this.isEnabled) {
            return;
        }
        try {
            const status = await callTerminal(this.pos, "pos_status", []);
            this._apply(status.id ? status : null);
        } catch {
            // the next look may be luckier
        }
        this._schedule();
    }

    _apply(status) {
        const isFirst = this.toldUid === null;
        this.status = status;
        this.version++;
        const signIn = status?.sign_in;
        if (signIn && !isUnderWay(signIn) && signIn.uid !== this.toldUid) {
            this.toldUid = signIn.uid;
            if (!isFirst) {
                this._tellSignIn(signIn);
            }
        } else if (isFirst) {
            this.toldUid = "";
        }
    }

    _tellSignIn(signIn) {
        this.closeNotice();
        const isDone = signIn.state === "approved";
        const message = isDone
            ? _t("The bank card terminal is signed in.")
            : _t("Bank card terminal. %s", getDeclineText(endOf(signIn)));
        this.closeNotice = this.notification.add(message, {
            type: isDone ? "success" : "danger",
            sticky: !isDone,
            buttons: isDone
                ? []
                : [{ name: _t("Try again"), primary: true, onClick: () => this.signIn() }],
        });
    }

    _schedule() {
        browser.clearTimeout(this.timer);
        const delay = isUnderWay(this.status?.sign_in) ? BUSY_MS : IDLE_MS;
        this.timer = browser.setTimeout(() => this.refresh(), delay);
    }

    // === WHAT A CASHIER ASKS FOR === //

    /** Sign in once more, which also tests the connection (POS-13). */
    async signIn() {
        this.closeNotice();
        this.isSigningIn = true;
        const answer = await this._ask("pos_sign_in", [uuidv4()]);
        this.isSigningIn = false;
        if (answer.status === "again") {
            this._tell(_t("The terminal is busy. Please try again."));
        } else if (answer.status !== "ok") {
            this._tell(answer.message);
        }
        return this.refresh();
    }

    /** @returns {Promise<object>} `{status, message, transactions, has_more}` */
    async list(search, limit) {
        return { status: "ok", ...(await this._ask("pos_list", [search, limit])) };
    }

    /** Ask the terminal what became of a transaction; charges nothing. */
    async resolve(uid) {
        const transaction = await this._ask("pos_resolve", [uid]);
        if (transaction.status === "failed") {
            this._tell(transaction.message);
        } else {
            this.notification.add(_t("The terminal is asked what happened. One moment."), {
                type: "info",
            });
        }
    }

    /** Print the slip once more at the store's printer (POS-08). */
    async printSlip(uid) {
        const answer = await this._ask("pos_print_slip", [uid]);
        if (answer.status === "ok") {
            this.notification.add(_t("The slip comes out at printer %s.", answer.job.printer), {
                type: "success",
            });
        } else {
            this._tell(answer.message);
        }
    }

    open() {
        this.dialog.add(O2oTerminalDialog, {});
    }

    async _ask(method, args) {
        try {
            return await callTerminal(this.pos, method, args);
        } catch (error) {
            const message =
                error instanceof RPCError && error.data?.message
                    ? error.data.message
                    : _t("No connection to the server. Please try again.");
            return { status: "failed", message };
        }
    }

    _tell(message) {
        this.notification.add(message, { type: "danger" });
    }
}

export const o2oTerminalService = {
    dependencies: ["pos", "dialog", "notification"],
    start(env, dependencies) {
        const terminal = new O2oTerminal(dependencies);
        terminal.start();
        return terminal;
    },
};

registry.category("services").add("o2o_terminal", o2oTerminalService);
