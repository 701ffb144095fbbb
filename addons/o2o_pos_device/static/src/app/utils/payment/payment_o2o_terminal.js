import { markRaw } from "@odoo/owl";
import { AlertDialog, ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { browser } from "@web/core/browser/browser";
import { RPCError } from "@web/core/network/rpc";
import { PaymentInterface } from "@point_of_sale/app/utils/payment/payment_interface";
import { register_payment_method } from "@point_of_sale/app/services/pos_store";
import { uuidv4 } from "@point_of_sale/utils";
import { callTerminal } from "@o2o_pos_device/app/utils/o2o_terminal_call";
import { getDeclineText, getBlockedText } from "@o2o_pos_device/app/utils/o2o_terminal_text";
import { _t } from "@web/core/l10n/translation";

/** `use_payment_terminal` of the payment methods that ask our terminals. */
export const TERMINAL = "o2o_terminal";
/** Asks the server even when no message came: a lost message costs at most this long. */
export const POLL_MS = 3000;
/** The terminal was being written to: until the request is sent again. */
export const AGAIN_MS = 400;
/** So long a cancellation waits for the terminal's word. */
export const CANCEL_MS = 20000;
/** Status of a payment line whose outcome nobody knows. */
export const UNKNOWN = "o2o_unknown";
/** Statuses of a line that the terminal may still be busy with. */
const OPEN_STATUSES = ["waiting", "waitingCard", "waitingCancel", "timeout", "reversing", UNKNOWN];
const MAX_AGAIN = 10;

/** @returns {boolean} whether a payment line is one of ours */
export function isTerminalLine(line) {
    return line?.payment_method_id?.use_payment_terminal === TERMINAL;
}

/** @returns {boolean} whether the terminal may still be busy with a line of ours */
export function isOpenLine(line) {
    return isTerminalLine(line) && OPEN_STATUSES.includes(line.getPaymentStatus());
}

/** @returns {number|null} the order a refund gives back, as the server knows it */
export function getRefundedOrderId(order) {
    const id = order.refunded_order_id?.id;
    return typeof id === "number" ? id : null;
}

/**
 * Bank cards at the terminal of the till (UPAY-01 to 03).
 *
 * The server is the only memory: it knows each line of the payment screen that was asked for and
 * never charges one twice. Here a line waits until the server has a final word; messages only say
 * that it is time to look. So a lost message, a reload and a second tab come out right, and a line
 * of unknown outcome stays as it is until the terminal was asked.
 */
export class PaymentO2oTerminal extends PaymentInterface {
    setup() {
        super.setup(...arguments);
        this.supports_reversals = true;
        // raw: the till wraps terminals, and a wrapped wait is not the wait itself
        /** Lines that wait, by uuid: `{uid, kind, resolve, onCancelled}`. */
        this.waits = markRaw(new Map());
        /** The last word of the server on each line. */
        this.known = markRaw(new Map());
        this.timer = null;
    }

    // === THE PAYMENT SCREEN === //

    async sendPaymentRequest(uuid) {
        await super.sendPaymentRequest(...arguments);
        const line = this._getLine(uuid);
        line.setPaymentStatus("waitingCard");
        const refundedId = getRefundedOrderId(line.pos_order_id);
        return this._ask(line, "pay", "pos_request", [line.getAmount(), refundedId]);
    }

    async sendPaymentReversal(uuid) {
        await super.sendPaymentReversal(...arguments);
        return this._ask(this._getLine(uuid), "reverse", "pos_reverse", []);
    }

    /** @returns {Promise<boolean>} whether the terminal gave up before it charged */
    async sendPaymentCancel(order, uuid) {
        await super.sendPaymentCancel(...arguments);
        const wait = this.waits.get(uuid);
        if (!wait) {
            return this.known.get(uuid)?.state !== "approved";
        }
        const cancelled = new Promise((resolve) => {
            wait.onCancelled = resolve;
            browser.setTimeout(() => resolve(false), CANCEL_MS);
        });
        wait.isCancelling = true;
        const transaction = await this._callQuietly("pos_cancel", [wait.uid]);
        if (transaction?.uid) {
            this._apply(uuid, transaction);
        }
        const isCancelled = await cancelled;
        wait.isCancelling = false;
        return isCancelled;
    }

    /** After a cancellation: what the line really is, when it is not cancelled. */
    showStatus(line) {
        const transaction = this.known.get(line.uuid);
        if (transaction?.state === "approved" && transaction.kind === "pay") {
            line.handlePaymentResponse(true);
        } else if (transaction?.state === "unknown") {
            this._setStatus(line, UNKNOWN);
        }
    }

    /** Ask the terminal what became of a line; charges nothing. */
    async askAgain(uuid) {
        const uid = this.known.get(uuid)?.uid || this.waits.get(uuid)?.uid;
        if (uid) {
            await this._resolveUnknown(uid);
        }
        await this.look();
    }

    async _resolveUnknown(uid) {
        this.pos.notification.add(_t("The terminal is asked what happened. One moment."), {
            type: "info",
        });
        await this._callQuietly("pos_resolve", [uid]);
    }

    // === REQUESTS === //

    /** @returns {Promise<boolean>} once the server has a final word on the line */
    async _ask(line, kind, method, args) {
        const { uuid } = line;
        const wait = { uid: uuidv4(), kind };
        const outcome = new Promise((resolve) => {
            wait.resolve = resolve;
        });
        this.known.delete(uuid);
        this.waits.set(uuid, wait);
        wait.isAsking = true;
        const answer = await this._request(method, [wait.uid, uuid, ...args]);
        wait.isAsking = false;
        if (this.waits.get(uuid) !== wait) {
            // a message was faster than the answer
        } else if (answer?.status === "ok") {
            wait.uid = answer.transaction.uid;
            this._apply(uuid, answer.transaction);
        } else if (answer) {
            this._onRefused(uuid, answer);
        }
        this._schedule();
        return outcome;
    }

    /** @returns {Promise<object|null>} null when nobody knows whether it arrived */
    async _request(method, args) {
        for (let attempt = 0; attempt < MAX_AGAIN; attempt++) {
            let answer;
            try {
                answer = await callTerminal(this.pos, method, args);
            } catch (error) {
                if (error instanceof RPCError) {
                    return { status: "refused", message: error.data?.message || error.message };
                }
                return null;
            }
            if (answer.status !== "again") {
                return answer;
            }
            await new Promise((resolve) => browser.setTimeout(resolve, AGAIN_MS));
        }
        return { status: "refused", message: _t("The terminal is busy. Please try again.") };
    }

    /** For calls that are repeated anyway; null without an answer. */
    async _callQuietly(method, args) {
        try {
            return await callTerminal(this.pos, method, args);
        } catch {
            return null;
        }
    }

    _onRefused(uuid, { status, message, transaction }) {
        this._end(uuid, false);
        if (status !== "blocked") {
            this.pos.dialog.add(AlertDialog, { title: _t("Bank card"), body: message });
            return;
        }
        const isUnknown = transaction.state === "unknown" || !transaction.seconds_left;
        this.pos.dialog.add(ConfirmationDialog, {
            title: _t("The terminal is not free"),
            body: getBlockedText(message, isUnknown),
            confirmLabel: isUnknown ? _t("Ask the terminal") : _t("Cancel that payment"),
            confirm: () =>
                isUnknown
                    ? this._resolveUnknown(transaction.uid)
                    : this._callQuietly("pos_cancel", [transaction.uid]),
            cancel: () => {},
        });
    }

    // === NEWS === //

    /** Lines that waited before the till was loaded anew. */
    resume() {
        for (const order of this.pos.models["pos.order"].getAll()) {
            for (const line of order.payment_ids) {
                const isOwn = line.payment_method_id.id === this.payment_method_id.id;
                if (isOwn && isOpenLine(line) && !this.waits.has(line.uuid)) {
                    this._resumeLine(line);
                }
            }
        }
        return this.look();
    }

    _resumeLine(line) {
        const kind = line.getPaymentStatus() === "reversing" ? "reverse" : "pay";
        const resolve = (isDone) => {
            if (kind === "pay") {
                line.handlePaymentResponse(isDone);
            } else {
                this._finishReversal(line, isDone);
            }
        };
        this.waits.set(line.uuid, { uid: "", kind, resolve });
    }

    _finishReversal(line, isDone) {
        line.can_be_reversed = false;
        if (isDone) {
            line.setAmount(0);
        }
        line.setPaymentStatus(isDone ? "reversed" : "done");
    }

    /** A message of the server: only the reason to look. */
    onMessage({ payment_uuid: uuid }) {
        return this.waits.has(uuid) ? this.look() : Promise.resolve();
    }

    /** Ask the server what it knows of the lines that wait. */
    async look() {
        const uuids = [...this.waits.keys()];
        if (uuids.length) {
            const found = await this._callQuietly("pos_look", [uuids]);
            for (const uuid of found ? uuids : []) {
                const transaction = found.find((each) => each.payment_uuid === uuid);
                this._applyLook(uuid, transaction);
            }
        }
        this._schedule();
    }

    _schedule() {
        browser.clearTimeout(this.timer);
        if (this.waits.size) {
            this.timer = browser.setTimeout(() => this.look(), POLL_MS);
        }
    }

    _applyLook(uuid, transaction) {
        const wait = this.waits.get(uuid);
        if (!wait) {
            return;
        }
        if (transaction && isAnswer(wait, transaction)) {
            this._apply(uuid, transaction);
        } else if (!wait.isAsking) {
            // the request never arrived: nothing was charged
            this._end(uuid, false);
            this.pos.notification.add(_t("The server was not reached. Nothing was charged."), {
                type: "warning",
            });
        }
    }

    _apply(uuid, transaction) {
        const wait = this.waits.get(uuid);
        if (!wait) {
            return;
        }
        this.known.set(uuid, { ...transaction, kind: wait.kind });
        wait.uid = transaction.uid;
        const line = this._getLine(uuid);
        if (!line) {
            this.waits.delete(uuid);
        } else if (transaction.state === "approved") {
            this._takeOver(line, wait, transaction);
            this._end(uuid, true);
        } else if (transaction.state === "declined") {
            this._end(uuid, false);
            if (!wait.isCancelling) {
                this._tellDeclined(transaction);
            }
        } else if (transaction.state === "unknown" || !transaction.seconds_left) {
            this._setStatus(line, UNKNOWN);
        } else if (wait.kind === "pay" && !wait.isCancelling) {
            this._setStatus(line, "waitingCard");
        }
    }

    /** What was charged counts, whatever the line said. */
    _takeOver(line, wait, transaction) {
        if (wait.kind === "reverse") {
            return;
        }
        const sign = transaction.op === "sale" ? 1 : -1;
        if (line.getAmount() !== sign * transaction.amount) {
            line.setAmount(sign * transaction.amount);
        }
        line.update({
            card_no: transaction.card.slice(-4),
            payment_ref_no: transaction.ref,
            payment_method_authcode: transaction.auth,
            transaction_id: transaction.uid,
        });
    }

    _tellDeclined(transaction) {
        this.pos.notification.add(getDeclineText(transaction), { type: "danger" });
    }

    _end(uuid, isDone) {
        const wait = this.waits.get(uuid);
        this.waits.delete(uuid);
        if (wait.onCancelled) {
            // the payment screen hears of the cancellation first, and may drop the line
            wait.onCancelled(!isDone);
            browser.setTimeout(() => {
                if (this._getLine(uuid)) {
                    wait.resolve(isDone);
                }
            });
        } else {
            wait.resolve(isDone);
        }
    }

    _setStatus(line, status) {
        if (line.getPaymentStatus() !== status) {
            line.setPaymentStatus(status);
        }
    }

    _getLine(uuid) {
        return this.pos.models["pos.payment"].getBy("uuid", uuid);
    }
}

/**
 * Whether the last transaction of a line is what the line waits for, and not what was before a
 * request that never arrived.
 */
function isAnswer(wait, transaction) {
    const isReversal = transaction.is_reversal;
    if (isReversal !== (wait.kind === "reverse")) {
        return false;
    }
    const isNamed = !wait.uid || transaction.uid === wait.uid;
    return isNamed || transaction.state !== "declined";
}

register_payment_method(TERMINAL, PaymentO2oTerminal);
