import { _t } from "@web/core/l10n/translation";
import { formatFloat } from "@web/core/utils/numbers";
import { parseServerTime } from "@o2o_order/app/utils/o2o_board";
import { sayCount, sayPlain, sayTime } from "@o2o_order/app/utils/o2o_spoken";

const { DateTime } = luxon;

/** 3 -> "3", 1.5 -> "1.5" */
export function formatQuantity(quantity) {
    return formatFloat(quantity, { digits: [false, 3], trailingZeros: false });
}

export function getKindLabel(order) {
    return order.delivery_kind === "pickup" ? _t("Pick-up") : _t("Delivery");
}

export function getStateLabel(order) {
    switch (order.state) {
        case "offered":
            return _t("To accept");
        case "pooled":
            return _t("Looking for a store");
        case "accepted":
            return _t("Accepted");
        case "picking":
            return _t("Being prepared");
        case "ready":
            return order.delivery_kind === "pickup" ? _t("Ready for pick-up") : _t("Ready to ship");
        case "shipped":
            return _t("Shipped");
        case "delivered":
        case "completed":
            return _t("Completed");
        case "rejected":
            return _t("No store can serve it");
        case "expired":
            return _t("Not collected");
        case "cancelled":
            return _t("Cancelled");
        default:
            return order.state;
    }
}

export function getItemsLabel(order) {
    return order.item_count === 1 ? _t("1 item") : _t("%s items", formatQuantity(order.item_count));
}

/**
 * What the till says aloud while orders wait for an answer: kind, pieces and, if the member wants
 * the goods at a time, that time ("您有新的自提订单，三件，十八点三十分").
 */
export function getAnnouncement(orders) {
    if (orders.length !== 1) {
        return _t("%s online orders are waiting for your answer", sayCount(orders.length));
    }
    const [order] = orders;
    const values = { pieces: getSpokenPieces(order), time: getSpokenTime(order) };
    if (order.delivery_kind === "pickup") {
        return values.time
            ? _t("You have a new pick-up order, %(pieces)s, %(time)s", values)
            : _t("You have a new pick-up order, %(pieces)s", values);
    }
    return values.time
        ? _t("You have a new delivery order, %(pieces)s, %(time)s", values)
        : _t("You have a new delivery order, %(pieces)s", values);
}

function getSpokenPieces(order) {
    return order.item_count === 1
        ? _t("one item")
        : _t("%(count)s items", { count: sayCount(order.item_count) });
}

/** The time only: a wish for another day is named with its date. */
function getSpokenTime(order) {
    const time = parseServerTime(order.wanted_at);
    if (!time) {
        return "";
    }
    if (time.hasSame(DateTime.now(), "day")) {
        return sayTime(time);
    }
    return _t("on %(month)s/%(day)s at %(time)s", {
        month: sayPlain(time.month),
        day: sayPlain(time.day),
        time: sayTime(time),
    });
}

/** What the till says once, besides the bell. */
export function getSignalAnnouncement(signal) {
    return {
        cancelled: () => _t("An online order has been cancelled"),
        changed: () => _t("An online order has been changed"),
        urged: () => _t("A customer is urging an order"),
        pool: () => _t("A new order to grab"),
    }[signal]();
}

export function getTestAnnouncement() {
    return _t("This is how a new online order sounds");
}

/**
 * What became of an action, in words the cashier can act on.
 *
 * @param {object} order
 * @param {{status: string, message?: string, order?: object}} outcome
 * @returns {{text: string, type: string}}
 */
export function getOutcomeNotice(order, outcome) {
    const name = order.order_name;
    switch (outcome.status) {
        case "ok":
            return {
                text: _t("%(order)s: %(state)s", { order: name, state: getStateLabel(order) }),
                type: "success",
            };
        case "rejected":
            return { text: _t("%s was rejected and moves on", name), type: "success" };
        case "passed_on":
            return { text: _t("%s was handed to another store", name), type: "success" };
        case "queued":
            return {
                text: _t("%s: noted here, sent as soon as the network is back", name),
                type: "warning",
            };
        case "taken":
            return { text: getTakenText(order, outcome), type: "warning" };
        case "gone":
            return { text: getGoneText(order, outcome), type: "warning" };
        case "offline":
            return {
                text: _t("%s: not sent, there is no connection. Please try again.", name),
                type: "danger",
            };
        case "unknown":
            return {
                text: _t("%s: no answer from the server. Look at the order, then try again.", name),
                type: "danger",
            };
        default:
            return {
                text: outcome.message || _t("%s: this is not possible now", name),
                type: "danger",
            };
    }
}

function getTakenText(order, outcome) {
    const by = outcome.order?.accepted_by;
    if (by) {
        return _t("%(order)s: already accepted by %(name)s", { order: order.order_name, name: by });
    }
    return outcome.message || _t("%s: somebody has already answered", order.order_name);
}

/** Another store has it now, or the server says what else happened (cancelled). */
function getGoneText(order, outcome) {
    return outcome.message
        ? _t("%(order)s: %(message)s", { order: order.order_name, message: outcome.message })
        : _t("%s has moved to another store", order.order_name);
}
