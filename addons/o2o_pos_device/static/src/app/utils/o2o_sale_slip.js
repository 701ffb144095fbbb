import { _t } from "@web/core/l10n/translation";

/** More would not pass the box, and no customer reads it. */
const MAX_LINES = 150;
const MAX_TEXT = 200;

function text(content, options = {}) {
    return { type: "text", text: `${content}`.slice(0, MAX_TEXT), ...options };
}

/** @param {Array} columns of [text, weight, align] */
function row(columns, options = {}) {
    return {
        type: "row",
        columns: columns.map(([content, width, align]) => ({
            text: `${content}`.slice(0, MAX_TEXT),
            width,
            align,
        })),
        ...options,
    };
}

const LINE = { type: "line" };

function getHead(order, number) {
    const blocks = [
        text(order.company.name, { align: "center", bold: true, size: "double" }),
        text(order.config.name, { align: "center" }),
    ];
    if (number) {
        const mark = _t("** Reprint no. %s **", number);
        blocks.push(text(mark, { align: "center", bold: true, size: "tall" }));
    }
    return [
        ...blocks,
        LINE,
        text(_t("Order: %s", order.pos_reference || order.getName())),
        text(_t("Time: %s", order.formatDateOrTime("date_order"))),
        text(_t("Cashier: %s", order.getCashierName() || "")),
        LINE,
    ];
}

function getGoods(order, format) {
    const lines = order.getOrderlines();
    const blocks = lines.slice(0, MAX_LINES).flatMap((line) => [
        text(line.getFullProductName()),
        row([
            ["", 3, "left"],
            [`x ${+line.getQuantity().toFixed(3)}`, 2, "right"],
            [format(line.displayPrice), 4, "right"],
        ]),
    ]);
    if (lines.length > MAX_LINES) {
        blocks.push(text(_t("and %s more", lines.length - MAX_LINES)));
    }
    return [...blocks, LINE];
}

function getMoney(order, format) {
    const pair = (label, amount, options) =>
        row(
            [
                [label, 1, "left"],
                [format(amount), 1, "right"],
            ],
            options
        );
    const payments = order.payment_ids.filter((payment) => !payment.is_change);
    return [
        pair(_t("Total"), order.priceIncl, { bold: true, size: "tall" }),
        ...payments.map((payment) => pair(payment.payment_method_id.name, payment.getAmount())),
        ...(order.showChange ? [pair(_t("Change"), order.change)] : []),
    ];
}

/**
 * The slip of a sale as a document that any printer of the box prints.
 *
 * @param {object} order a paid order of the till
 * @param {object} options
 * @param {(amount: number) => string} options.format money in words
 * @param {number} options.number of the copy, 0 for the slip itself
 * @param {object[]} options.above what the store adds, from the server
 * @param {object[]} options.below
 */
export function buildSaleSlip(order, { format, number = 0, above = [], below = [] }) {
    const footer = order.config.receipt_footer;
    return {
        version: 1,
        blocks: [
            ...above,
            ...getHead(order, number),
            ...getGoods(order, format),
            ...getMoney(order, format),
            ...(footer ? [LINE, text(footer, { align: "center" })] : []),
            ...below,
            { type: "feed", lines: 2 },
            { type: "cut" },
        ],
    };
}
