import { _t } from "@web/core/l10n/translation";

const { DateTime } = luxon;

/** "18:42", or with the day when it is not today; the server sends UTC. */
export function formatUntil(until) {
    if (!until) {
        return "";
    }
    const moment = DateTime.fromSQL(until, { zone: "utc" }).toLocal();
    const isToday = moment.hasSame(DateTime.now(), "day");
    return moment.toFormat(isToday ? "HH:mm" : "MM-dd HH:mm");
}

/** Whom some pieces are kept for, in one line a cashier understands. */
export function describePromise(promise) {
    const values = {
        quantity: promise.quantity,
        order: promise.owner,
        time: formatUntil(promise.until),
    };
    if (!promise.until) {
        return _t("%(quantity)s sold to order %(order)s, waiting to be prepared", values);
    }
    return _t("%(quantity)s held until %(time)s for order %(order)s", values);
}

/** What a look at a product tells while it is put into the basket. */
export function describeProduct(product) {
    const [first, ...others] = product.promises;
    const text = _t("%(product)s: %(free)s free. %(promise)s", {
        product: product.name,
        free: product.free,
        promise: describePromise(first),
    });
    return others.length
        ? _t("%(text)s (and %(count)s more)", { text, count: others.length })
        : text;
}

/**
 * What leaves the store with an order: `[product id, quantity]`, and the id of the line
 * of the sale order that is settled with it, to which the goods may be promised.
 */
export function getClaimLines(order) {
    const lines = new Map();
    for (const line of order.lines) {
        const product = line.product_id;
        if (line.qty > 0 && product?.product_tmpl_id?.is_storable) {
            const settled = line.sale_order_line_id ? [line.sale_order_line_id.id] : [];
            const key = [product.id, ...settled].join();
            const quantity = lines.get(key)?.[1] || 0;
            lines.set(key, [product.id, quantity + line.qty, ...settled]);
        }
    }
    return [...lines.values()];
}
