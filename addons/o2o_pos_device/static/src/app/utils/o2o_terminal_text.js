import { _t } from "@web/core/l10n/translation";

/** Why it was not done; words of the box and codes of the terminal. */
function getReason({ code, message }) {
    switch (code) {
        case "cancelled":
        case "Z4":
            return _t("cancelled");
        case "expired":
            return _t("the box of the store did not answer in time");
        case "offline":
            return _t("the terminal is switched off or not connected");
        case "busy":
        case "Z1":
            return _t("the terminal is busy with something else");
        case "unknown_open":
            return _t("an earlier payment is not clear yet");
        case "silence":
            return _t("the terminal did not answer");
        case "not_charged":
        case "Z3":
            return _t("the terminal has no record of it");
        case "by_hand":
            return _t("decided by the office");
        case "other_batch":
            return _t("the sale was settled, it can only be refunded");
        case "already_voided":
            return _t("the sale was voided before");
        case "wrong_amount":
            return _t("the amount does not fit the sale");
        case "invalid":
        case "uid_reused":
            return _t("the request was not complete");
        default:
            return message || code || _t("declined");
    }
}

/** @returns {string} what a cashier is told about a declined transaction */
export function getDeclineText(transaction) {
    const reason = getReason(transaction);
    switch (transaction.op) {
        case "sale":
            return _t("Nothing was charged: %s", reason);
        case "void":
        case "refund":
            return _t("Nothing was given back: %s", reason);
        case "settle":
            return _t("Not settled: %s", reason);
        case "signin":
            return _t("Not signed in: %s", reason);
        default:
            return _t("Not done: %s", reason);
    }
}

/** @returns {string} what was asked of the terminal */
export function getKindText({ op }) {
    switch (op) {
        case "sale":
            return _t("Charge");
        case "void":
            return _t("Void");
        case "refund":
            return _t("Refund");
        case "settle":
            return _t("Settlement");
        case "balance":
            return _t("Balance");
        default:
            return _t("Print again");
    }
}

function getApprovedText({ op, given_back: givenBack }) {
    switch (op) {
        case "sale":
            return givenBack ? _t("Charged, given back later") : _t("Charged");
        case "void":
        case "refund":
            return _t("Given back");
        case "settle":
            return _t("Settled");
        default:
            return _t("Done");
    }
}

/** @returns {string} what became of a transaction, in a few plain words */
export function getStateText(transaction) {
    switch (transaction.state) {
        case "new":
            return _t("On its way to the terminal");
        case "pending":
            return _t("The terminal is at work");
        case "unknown":
            return _t("Not clear, ask the terminal");
        case "approved":
            return getApprovedText(transaction);
        default:
            return getDeclineText(transaction);
    }
}

/** @returns {string} how the terminal is, in words */
export function getTerminalText({ state }) {
    switch (state) {
        case "idle":
            return _t("signed in and ready");
        case "busy":
            return _t("busy");
        case "signed_out":
            return _t("not signed in");
        case "unknown_tx":
            return _t("a payment is not clear");
        case "box_offline":
            return _t("the box of the store is not connected");
        default:
            return _t("switched off or not connected");
    }
}

/** @returns {string} what to do about the transaction in the way */
export function getBlockedText(message, isUnknown) {
    const advice = isUnknown
        ? _t("The terminal did not answer. Do not charge again: ask it first.")
        : _t("Wait until it is done, or cancel it.");
    return `${message} ${advice}`;
}
