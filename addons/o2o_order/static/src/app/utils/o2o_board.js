import { normalize } from "@web/core/l10n/utils";

const { DateTime } = luxon;

/** The lists of the screen, in the order of the work. */
export const TABS = ["waiting", "progress", "ready", "underway", "done", "problems"];
/** The list of an order, by state; `ready` depends on the kind of delivery. */
const TAB_OF_STATE = {
    offered: "waiting",
    accepted: "progress",
    picking: "progress",
    shipped: "underway",
    delivered: "done",
    completed: "done",
};
/** The states in which the goods are still in the store. */
const OPEN_STATES = new Set(["pooled", "offered", "accepted", "picking", "ready"]);
/** Seconds before the end of a limit in which it is shown as urgent. */
const URGENT_SECONDS = 60;

/** What went wrong (cancelled, rejected, not collected) has a list of its own. */
export function getTab(order) {
    if (order.state === "ready") {
        return order.delivery_kind === "pickup" ? "underway" : "ready";
    }
    return TAB_OF_STATE[order.state] || "problems";
}

export function isOpen(order) {
    return OPEN_STATES.has(order.state);
}

/**
 * Bring the orders of the till in line with the server, which is always right.
 *
 * Known orders are changed in place, and only where they differ, so that the screen redraws
 * nothing but what really changed.
 *
 * @param {object[]} orders what the till shows (changed in place)
 * @param {object[]} fresh what the server says
 */
export function mergeBoard(orders, fresh) {
    const known = new Map(orders.map((order) => [order.id, order]));
    const merged = fresh.map((values) => {
        const order = known.get(values.id);
        return order ? updateOrder(order, values) : values;
    });
    const isSameList =
        merged.length === orders.length && merged.every(({ id }, i) => id === orders[i].id);
    if (!isSameList) {
        orders.splice(0, orders.length, ...merged);
    }
}

/** Copy the values that differ to the order, and return it. */
export function updateOrder(order, values) {
    for (const [key, value] of Object.entries(values)) {
        if (JSON.stringify(order[key]) !== JSON.stringify(value)) {
            order[key] = value;
        }
    }
    return order;
}

/** The orders of one list: the one due first, then the oldest; but the latest done first. */
export function getTabOrders(orders, tab) {
    const isPast = tab === "done" || tab === "problems";
    return orders
        .filter((order) => getTab(order) === tab)
        .sort((a, b) => (isPast ? compareAge(b, a) : compareDue(a, b) || compareAge(a, b)));
}

function compareDue(a, b) {
    if (!a.due_at || !b.due_at) {
        return Number(!a.due_at) - Number(!b.due_at);
    }
    return a.due_at.localeCompare(b.due_at);
}

/** @returns {""|"warning"|"danger"} how much a limit presses */
export function getDueLevel(secondsLeft) {
    if (secondsLeft <= 0) {
        return "danger";
    }
    return secondsLeft <= URGENT_SECONDS ? "warning" : "";
}

function compareAge(a, b) {
    return String(a.offered_at).localeCompare(String(b.offered_at)) || a.id - b.id;
}

/**
 * Find orders by number, name or phone, in any list.
 *
 * Spaces and dashes in a phone or an order number do not matter.
 */
export function searchOrders(orders, query) {
    const words = normalize(query).split(/\s+/).filter(Boolean);
    const compact = compactText(query);
    return orders.filter((order) => {
        const values = [
            order.order_name,
            order.name,
            order.partner_name,
            order.partner_phone,
            order.pickup_code,
            order.tracking_ref,
        ];
        const text = normalize(values.filter(Boolean).join(" "));
        return (
            words.every((word) => text.includes(word)) ||
            (compact && values.some((value) => compactText(value || "").includes(compact)))
        );
    });
}

function compactText(text) {
    return normalize(text).replace(/[\s\-()./+]/g, "");
}

/**
 * @param {string|false} value ISO 8601, or the format of the ORM; UTC when it names no zone
 * @returns {luxon.DateTime|null} in the zone of the till
 */
export function parseServerTime(value) {
    if (!value) {
        return null;
    }
    const time = DateTime.fromISO(value.replace(" ", "T"), { zone: "utc" }).toLocal();
    return time.isValid ? time : null;
}

export function formatServerTime(value) {
    const time = parseServerTime(value);
    if (!time) {
        return "";
    }
    return time.hasSame(DateTime.now(), "day")
        ? time.toFormat("HH:mm")
        : time.toFormat("MM-dd HH:mm");
}

/** 65 -> "1:05", 3665 -> "1:01:05" */
export function formatElapsed(seconds) {
    const total = Math.max(0, Math.floor(seconds));
    const parts = [Math.floor(total / 60) % 60, total % 60];
    if (total >= 3600) {
        parts.unshift(Math.floor(total / 3600));
    }
    return parts.map((part, i) => (i ? String(part).padStart(2, "0") : part)).join(":");
}
