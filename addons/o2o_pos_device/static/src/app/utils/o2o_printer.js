import { _t } from "@web/core/l10n/translation";

/** Nothing to do. A printer that answers no question prints all the same. */
const WELL = new Set(["online", "unknown"]);
/** Slips come out, but not for long. */
const WARNINGS = new Set(["paper_low"]);

/** @param {{health: string}} printer as the server describes it */
export function isPrinterWell(printer) {
    return WELL.has(printer.health);
}

/** Whether slips wait for somebody. */
export function isPrinterStopped(printer) {
    return !WELL.has(printer.health) && !WARNINGS.has(printer.health);
}

function getHealthLabel(health) {
    switch (health) {
        case "paper_low":
            return _t("paper is running low");
        case "paper_out":
            return _t("out of paper");
        case "cover_open":
            return _t("the cover is open");
        case "error":
            return _t("the cutter is stuck");
        case "box_offline":
            return _t("the box is not connected");
        case "no_box":
            return _t("the box is not paired");
        case "cloud_silent":
            return _t("its cloud does not answer");
        case "cloud_refused":
            return _t("not set up right");
        default:
            return _t("switched off or not connected");
    }
}

/** @returns {string} what is wrong with a printer, in words */
export function getPrinterTrouble(printer) {
    return _t("%(printer)s: %(trouble)s", {
        printer: printer.name,
        trouble: getHealthLabel(printer.health),
    });
}
