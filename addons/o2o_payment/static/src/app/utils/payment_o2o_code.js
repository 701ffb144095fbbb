import { markRaw } from "@odoo/owl";
import { AlertDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { browser } from "@web/core/browser/browser";
import { RPCError } from "@web/core/network/rpc";
import { PaymentInterface } from "@point_of_sale/app/utils/payment/payment_interface";
import { register_payment_method } from "@point_of_sale/app/services/pos_store";
import { makeAwaitable } from "@point_of_sale/app/utils/make_awaitable_dialog";
import { withTimeout } from "@o2o_order/app/utils/o2o_timeout";
import { CodeDialog } from "@o2o_payment/app/screens/code_dialog/code_dialog";
import { ShopCodeDialog } from "@o2o_payment/app/screens/shop_code_dialog/shop_code_dialog";
import { _t } from "@web/core/l10n/translation";

/** `use_payment_terminal` of the payment methods that charge customers' codes. */
export const CODE_TERMINAL = "o2o_code";
/** Milliseconds between two looks at a payment that is undecided. */
export const LOOK_MS = 1000;
/** A request without an answer for this long counts as lost. */
const TIMEOUT_MS = 25000;
const UNDECIDED = ["new", "waiting", "unknown"];
const MAX_AGAIN = 10;
const AGAIN_MS = 300;

/** Statuses of a line whose end nobody has seen yet. */
const OPEN_STATUSES = ["waiting", "waitingCard", "waitingCancel", "timeout"];

/** @returns {boolean} whether a payment line is one of ours */
export function isCodeLine(line) {
    return line?.payment_method_id?.use_payment_terminal === CODE_TERMINAL;
}

/** @returns {boolean} whether a payment has its money, and keeps it */
function isPaid(payment) {
    return payment?.state === "paid" && !payment.is_given_back;
}

/** @returns {boolean} whether something may still be charged for a line of ours */
export function isOpenCodeLine(line) {
    return isCodeLine(line) && OPEN_STATUSES.includes(line.getPaymentStatus());
}

/**
 * The code on a customer's phone, or one that the shop shows to it (PAY-02).
 *
 * The server is the only memory. A line is planned first, then charged, then looked at until the
 * server has a final word; so a lost answer, a reload and a second press charge once.
 */
export class PaymentO2oCode extends PaymentInterface {
    setup() {
        super.setup(...arguments);
        this.supports_reversals = true;
        // raw: the till wraps terminals
        /** The last word of the server on each line, by uuid. */
        this.known = markRaw(new Map());
        /** Lines that somebody waits for already. */
        this.resumed = markRaw(new Set());
        /** The shop's codes that are on the screen, by uuid of their lines. */
        this.shown = markRaw(new Map());
        /** The gateways whose code can be shown; a promise. */
        this.gateways = null;
    }

    async sendPaymentRequest(uuid) {
        await super.sendPaymentRequest(...arguments);
        const line = this._getLine(uuid);
        line.setPaymentStatus("waitingCard");
        this.resumed.add(uuid);
        const isPaid = await this._scanAndCharge(line);
        this.resumed.delete(uuid);
        return isPaid;
    }

    async _scanAndCharge(line) {
        const { uuid } = line;
        const code = await makeAwaitable(this.pos.dialog, CodeDialog, {
            amount: this.env.utils.formatCurrency(line.getAmount()),
            loadGateways: () => this._loadGateways(),
        });
        const payment = code && (await this._plan(line, code));
        if (!payment) {
            return false;
        }
        if (this._getLine(uuid)?.getPaymentStatus() !== "waitingCard") {
            // cancelled while it was planned
            await this._callQuietly("pos_cancel", [payment.out_no]);
            return false;
        }
        if (payment.state === "new" && payment.way !== "qr" && !code.gateway) {
            // whatever becomes of this answer, the look tells
            this.known.set(uuid, payment);
            await this._callQuietly("pos_charge", [payment.out_no, code]);
        }
        return this._waitForEnd(uuid);
    }

    /** @returns {Promise<boolean>} whether it is certain that nothing was charged */
    async sendPaymentCancel(order, uuid) {
        await super.sendPaymentCancel(...arguments);
        this._hideCode(uuid);
        const found = await this._look([uuid]);
        if (!found) {
            this._tell(_t("The server was not reached. Try again: nothing is charged twice."));
            return false;
        }
        if (!found.length) {
            return true;
        }
        await this._callQuietly("pos_cancel", [found[0].out_no]);
        return !(await this._waitForEnd(uuid));
    }

    /** After a cancellation, or a reload: what the line really is. */
    showStatus(line) {
        if (isPaid(this.known.get(line.uuid))) {
            line.handlePaymentResponse(true);
        }
    }

    /**
     * A line that waited before the till was loaded anew.
     *
     * @returns {Promise<boolean>} whether it is paid; false when somebody else waits for it
     */
    async resume(line) {
        if (this.resumed.has(line.uuid)) {
            return false;
        }
        this.resumed.add(line.uuid);
        const isPaid = line.handlePaymentResponse(await this._waitForEnd(line.uuid));
        this.resumed.delete(line.uuid);
        return isPaid;
    }

    async sendPaymentReversal(uuid) {
        await super.sendPaymentReversal(...arguments);
        const [payment] = (await this._look([uuid])) || [];
        if (!payment) {
            return false;
        }
        const answer = await this._call("pos_reverse", [payment.out_no]);
        return Boolean((answer || (await this._lookInTheEnd(uuid)))?.is_given_back);
    }

    /** Nobody wants this line any more; without an answer a person gets to hear of it. */
    async giveUp(line) {
        const [payment] = (line.payment_status && (await this._look([line.uuid]))) || [];
        if (payment) {
            const method = payment.state === "paid" ? "pos_reverse" : "pos_cancel";
            await this._callQuietly(method, [payment.out_no]);
        }
    }

    /** @returns {Promise<object|null>} the payment of a line, planned by the server */
    async _plan(line, code) {
        const method = code.gateway ? "pos_plan_qr" : "pos_plan";
        const what = code.gateway || code;
        const args = [line.pos_order_id.uuid, line.uuid, line.getAmount(), what];
        for (let attempt = 0; attempt < MAX_AGAIN; attempt++) {
            const answer = await this._call(method, args);
            if (answer?.status === "ok") {
                return answer.payment;
            }
            if (answer?.status === "blocked") {
                return this._onBlocked(line, answer.payment);
            }
            if (answer?.status !== "again") {
                if (answer) {
                    this._tell(answer.message);
                }
                return null;
            }
            await new Promise((resolve) => browser.setTimeout(resolve, AGAIN_MS));
        }
        return null;
    }

    _onBlocked(line, payment) {
        if (payment.payment_uuid === line.uuid) {
            // planned before, and the answer was lost; or charged already
            return payment;
        }
        this._tell(
            _t(
                "Another payment of this sale is not decided yet. Wait for its end; do not charge again."
            )
        );
        return null;
    }

    /** @returns {Promise<boolean>} once the server has a final word: whether it is paid */
    async _waitForEnd(uuid) {
        try {
            return await this._lookUntilEnd(uuid);
        } finally {
            this._hideCode(uuid);
        }
    }

    async _lookUntilEnd(uuid) {
        for (;;) {
            const found = await this._look([uuid]);
            const line = this._getLine(uuid);
            if (!line || found?.length === 0) {
                // taken off the screen, or it never reached the server
                return false;
            }
            const payment = found?.[0];
            if (payment) {
                this.known.set(uuid, payment);
                if (isPaid(payment)) {
                    line.setAmount(payment.amount);
                    line.update({ transaction_id: payment.out_no });
                    return true;
                }
                if (!UNDECIDED.includes(payment.state)) {
                    this._tellEnd(payment);
                    return false;
                }
                if (payment.way === "qr") {
                    this._showCode(line, payment);
                }
            }
            await new Promise((resolve) => browser.setTimeout(resolve, LOOK_MS));
        }
    }

    /** @returns {Promise<object|undefined>} the payment of a line, once the server answers */
    async _lookInTheEnd(uuid) {
        let found = await this._look([uuid]);
        while (!found && this._getLine(uuid)) {
            await new Promise((resolve) => browser.setTimeout(resolve, LOOK_MS));
            found = await this._look([uuid]);
        }
        return found?.[0];
    }

    // === THE SHOP'S OWN CODE === //

    /** @returns {Promise<Array>} the gateways whose code can be shown; none without an answer */
    async _loadGateways() {
        this.gateways ||= this._callQuietly("pos_gateways", []);
        const gateways = await this.gateways;
        if (!gateways) {
            // asked again the next time
            this.gateways = null;
        }
        return gateways || [];
    }

    /** Show the code to the cashier and on the customer display; once for each line. */
    _showCode(line, payment) {
        if (line.getPaymentStatus() === "waitingCancel" || this.shown.has(line.uuid)) {
            return;
        }
        const amount = this.env.utils.formatCurrency(payment.amount);
        const close = this.pos.dialog.add(
            ShopCodeDialog,
            {
                amount,
                name: payment.gateway,
                loadCode: async () => {
                    const found = await this._callQuietly("pos_show_code", [payment.out_no]);
                    if (found?.qr && this.shown.has(line.uuid)) {
                        line.qrPaymentData = { name: payment.gateway, amount, qrCode: found.qr };
                    }
                    return found;
                },
            },
            { onClose: () => this._onCodeClosed(line, payment) }
        );
        this.shown.set(line.uuid, close);
    }

    /** There is an end, or somebody cancels elsewhere. */
    _hideCode(uuid) {
        const close = this.shown.get(uuid);
        this.shown.delete(uuid);
        const line = this._getLine(uuid);
        if (line?.qrPaymentData) {
            line.qrPaymentData = null;
        }
        close?.();
    }

    /** The cashier has closed it: nobody shall pay it any more. */
    async _onCodeClosed(line, { out_no }) {
        const { uuid } = line;
        if (!this.shown.has(uuid)) {
            return;
        }
        line.setPaymentStatus("waitingCancel");
        this._hideCode(uuid);
        while (this._getLine(uuid)?.getPaymentStatus() === "waitingCancel") {
            if (await this._callQuietly("pos_cancel", [out_no])) {
                return;
            }
            await new Promise((resolve) => browser.setTimeout(resolve, LOOK_MS));
        }
    }

    _tellEnd({ state, reason }) {
        const words = {
            closed: _t("The customer has not paid. Nothing was charged."),
            paid: _t("This payment was given back."),
            held: _t("Something is wrong with this payment. Head office looks at it."),
        };
        this._tell(words[state] || reason || _t("The payment was refused."));
    }

    _tell(body, title = _t("Customer's payment code")) {
        this.pos.dialog.add(AlertDialog, { title, body });
    }

    // === THE SERVER === //

    /** @returns {Promise<object|null>} null without an answer, which is told */
    async _call(method, args) {
        try {
            return await this._request(method, args);
        } catch (error) {
            const isAnswer = error instanceof RPCError;
            this._tell(
                isAnswer
                    ? error.data?.message || error.message
                    : _t("The server was not reached. Try again: nothing is charged twice.")
            );
            return null;
        }
    }

    /** For calls that are repeated anyway. */
    async _callQuietly(method, args) {
        try {
            return await this._request(method, args);
        } catch {
            return null;
        }
    }

    /** @returns {Promise<Array|null>} null without an answer */
    _look(uuids) {
        return this._callQuietly("pos_look", [uuids]);
    }

    _request(method, args) {
        const { data, config } = this.pos;
        const call = data.orm.silent.call("o2o.payment.till", method, [config.id, ...args]);
        return withTimeout(call, TIMEOUT_MS);
    }

    _getLine(uuid) {
        return this.pos.models["pos.payment"].getBy("uuid", uuid);
    }
}

register_payment_method(CODE_TERMINAL, PaymentO2oCode);
