/** What the board makes of the facts the server sends: colours, order, search. No component. */

import { normalize } from "@web/core/l10n/utils";

const { DateTime } = luxon;

/** How urgent a store is, the most urgent first. */
export const LEVELS = ["late", "hurry", "work", "calm", "rest"];
export const FILTERS = ["all", "late", "waiting", "silent", "rest"];

/** Milliseconds of a time of the server (naive UTC), or false. */
export function parseTime(text) {
    return text ? DateTime.fromSQL(text, { zone: "utc" }).toMillis() : false;
}

/**
 * The answer of the server with its times in milliseconds.
 *
 * @param {object} board of `o2o.order.board.get_board`
 */
export function parseBoard(board) {
    const withTimes = (row) =>
        Object.fromEntries(
            Object.entries(row).map(([key, value]) => [
                key,
                /_(at|until)$/.test(key) ? parseTime(value) : value,
            ])
        );
    return {
        ...board,
        now: parseTime(board.now),
        stores: board.stores.map(withTimes),
        queue: board.queue.map(withTimes),
    };
}

/** Whether orders could come in and nobody would hear them; head office needs no till. */
export function isSilent(store) {
    return !store.is_head_office && !store.tills_ringing && !isResting(store);
}

export function isResting(store) {
    return store.is_paused || store.is_closed;
}

/**
 * How urgent a store is, and why, at a moment. What is late stays late while the board waits for
 * the next answer of the server, so time is looked at here, too.
 *
 * @param {object} store of a parsed board
 * @param {number} now in milliseconds, by the clock of the server
 * @returns {{level: string, reason: string}} level is one of LEVELS
 */
export function judge(store, now) {
    const isOver = store.waiting && store.late_at && now >= store.late_at;
    if (store.unanswered || isOver) {
        return { level: "late", reason: "unanswered" };
    }
    if (store.overdue) {
        return { level: "late", reason: "overdue" };
    }
    if (store.waiting && !store.tills_ringing && !store.is_head_office) {
        return { level: "late", reason: "unheard" };
    }
    if (store.waiting && store.hurry_at && now >= store.hurry_at) {
        return { level: "hurry", reason: "hurry" };
    }
    if (store.waiting) {
        return { level: "work", reason: "waiting" };
    }
    if (isResting(store)) {
        return { level: "rest", reason: store.is_paused ? "paused" : "closed" };
    }
    if (isSilent(store)) {
        return { level: "hurry", reason: "silent" };
    }
    if (store.accepted || store.ready) {
        return { level: "work", reason: "working" };
    }
    return { level: "calm", reason: "calm" };
}

/** The more urgent of two levels. */
export function worseLevel(one, other) {
    return LEVELS.indexOf(one) <= LEVELS.indexOf(other) ? one : other;
}

const IS_SHOWN = {
    all: () => true,
    late: (store, now) => judge(store, now).level === "late",
    waiting: (store) => store.waiting > 0,
    silent: isSilent,
    rest: isResting,
};

/**
 * The stores to show, the most urgent first; within one level who waits longest.
 *
 * @param {object[]} stores of a parsed board
 * @param {{query: string, filter: string}} wanted
 * @param {number} now
 */
export function selectStores(stores, { query = "", filter = "all" }, now) {
    const words = normalize(query).split(/\s+/).filter(Boolean);
    const text = (store) => normalize(`${store.name} ${store.code} ${store.city || ""}`);
    const rank = (store) => LEVELS.indexOf(judge(store, now).level);
    return stores
        .filter((store) => IS_SHOWN[filter](store, now))
        .filter((store) => words.every((word) => text(store).includes(word)))
        .sort(
            (a, b) =>
                rank(a) - rank(b) ||
                (a.oldest_at || Infinity) - (b.oldest_at || Infinity) ||
                a.name.localeCompare(b.name)
        );
}

/** The sums above the board. */
export function sumUp(stores, now) {
    const sums = { waiting: 0, late: 0, accepted: 0, ready: 0, ringing: 0, shops: 0 };
    for (const store of stores) {
        sums.waiting += store.waiting;
        const isOver = !store.unanswered && store.waiting && store.late_at && now >= store.late_at;
        sums.late += store.unanswered + store.overdue + (isOver ? 1 : 0);
        sums.accepted += store.accepted;
        sums.ready += store.ready;
        if (!store.is_head_office) {
            sums.shops += 1;
            sums.ringing += store.tills_ringing ? 1 : 0;
        }
    }
    return sums;
}

/**
 * A span of time in its two largest units; no words, so that it fits a card.
 *
 * @param {number} milliseconds
 * @returns {{days: number, hours: number, minutes: number, seconds: number}}
 */
export function splitSpan(milliseconds) {
    const seconds = Math.max(0, Math.floor(milliseconds / 1000));
    return {
        days: Math.floor(seconds / 86400),
        hours: Math.floor((seconds % 86400) / 3600),
        minutes: Math.floor((seconds % 3600) / 60),
        seconds: seconds % 60,
    };
}
