import { _t } from "@web/core/l10n/translation";

/** On their way to the paper. */
const PENDING_STATES = new Set(["new", "received", "printing"]);
/** Somebody should look. */
const ATTENTION_STATES = new Set(["failed", "unknown", "expired"]);
/** Whether a slip makes sense for an order, in the order of the work; others add theirs. */
export const SLIPS = {
    order_slip: ({ state }) =>
        ["accepted", "picking", "ready", "shipped", "delivered", "completed"].includes(state),
    shipping_slip: ({ state }) => ["shipped", "delivered", "completed"].includes(state),
};
/** What people call a slip. */
export const SLIP_LABELS = {
    order_slip: () => _t("Order slip"),
    shipping_slip: () => _t("Shipping slip"),
    return_slip: () => _t("Return slip"),
};

export function isPrinting(job) {
    return PENDING_STATES.has(job.state);
}

export function needsAttention(job) {
    return ATTENTION_STATES.has(job.state);
}

/**
 * @param {object} order with `print_jobs`, the latest job of each slip, where a box prints
 * @returns {{documentType: string, job?: object}[]} the slips it has, or may have by now
 */
export function getSlips(order) {
    return Object.entries(SLIPS)
        .map(([documentType, makesSense]) => ({
            documentType,
            job: order.print_jobs?.find((job) => job.document_type === documentType),
            isDue: makesSense(order),
        }))
        .filter(({ job, isDue }) => job || isDue);
}

export function getSlipLabel(documentType) {
    return (SLIP_LABELS[documentType] || SLIP_LABELS.order_slip)();
}

export function getJobStateLabel(job) {
    switch (job?.state) {
        case undefined:
            return _t("Not printed yet");
        case "new":
            return _t("Waiting for the printer");
        case "received":
        case "printing":
            return _t("Printing");
        case "printed":
            return _t("Printed");
        case "failed":
            return _t("Not printed");
        case "unknown":
            return _t("Please check whether it was printed");
        case "expired":
            return _t("Not printed in time");
        case "cancelled":
            return _t("Cancelled");
        default:
            return job.state;
    }
}

export function getPrintNotice(order, job) {
    return _t("%(order)s, %(slip)s: %(state)s", {
        order: order.order_name,
        slip: getSlipLabel(job.document_type),
        state: getJobStateLabel(job),
    });
}
