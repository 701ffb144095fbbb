import { _t } from "@web/core/l10n/translation";

/** Why nothing was charged; words of the box and codes of the terminal. */
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
        default:
            return message || code || _t("declined");
    }
}

/** @returns {string} what a cashier is told about a declined transaction */
export function getDeclineText(transaction) {
    const reason = getReason(transaction);
    return transaction.op === "sale"
        ? _t("Nothing was charged: %s", reason)
        : _t("Nothing was given back: %s", reason);
}

/** @returns {string} what to do about the transaction in the way */
export function getBlockedText(message, isUnknown) {
    const advice = isUnknown
        ? _t("The terminal did not answer. Do not charge again: ask it first.")
        : _t("Wait until it is done, or cancel it.");
    return `${message} ${advice}`;
}
