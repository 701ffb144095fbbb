import { describe, expect, test } from "@odoo/hoot";
import { allowTranslations } from "@web/../tests/web_test_helpers";
import {
    judge,
    parseBoard,
    selectStores,
    splitSpan,
    sumUp,
    worseLevel,
} from "@o2o_order_board/board/board_state";
import { formatSpan } from "@o2o_order_board/board/board_text";

describe.current.tags("headless");

const NOW = Date.UTC(2026, 0, 5, 10, 0, 0);

function makeStore(values = {}) {
    return {
        id: 1,
        name: "Near",
        code: "N",
        city: "贵阳",
        latitude: 26.6,
        longitude: 106.6,
        is_head_office: false,
        tills: 2,
        tills_open: 1,
        tills_ringing: 1,
        waiting: 0,
        unanswered: 0,
        accepted: 0,
        overdue: 0,
        ready: 0,
        oldest_at: false,
        hurry_at: false,
        late_at: false,
        is_paused: false,
        is_closed: false,
        ...values,
    };
}

describe("colours (ROUT-11)", () => {
    const cases = [
        ["all is quiet", {}, "calm", "calm"],
        ["orders are prepared", { accepted: 1 }, "work", "working"],
        [
            "an order has just come",
            { waiting: 1, hurry_at: NOW + 1, late_at: NOW + 9 },
            "work",
            "waiting",
        ],
        [
            "half of the time is over",
            { waiting: 1, hurry_at: NOW, late_at: NOW + 9 },
            "hurry",
            "hurry",
        ],
        [
            "the time is over since the last answer",
            { waiting: 1, late_at: NOW },
            "late",
            "unanswered",
        ],
        ["others were told", { waiting: 1, unanswered: 1 }, "late", "unanswered"],
        ["preparing takes too long", { accepted: 1, overdue: 1 }, "late", "overdue"],
        ["an order waits and nobody hears it", { waiting: 1, tills_ringing: 0 }, "late", "unheard"],
        ["no till is open", { tills_ringing: 0 }, "hurry", "silent"],
        ["paused", { is_paused: true, tills_ringing: 0 }, "rest", "paused"],
        ["closed", { is_closed: true, tills_ringing: 0 }, "rest", "closed"],
        [
            "paused, with an old order",
            { is_paused: true, waiting: 1, unanswered: 1 },
            "late",
            "unanswered",
        ],
        ["head office needs no till", { is_head_office: true, tills_ringing: 0 }, "calm", "calm"],
    ];
    for (const [name, values, level, reason] of cases) {
        test(name, () => {
            expect(judge(makeStore(values), NOW)).toEqual({ level, reason });
        });
    }

    test("an order becomes late while the board looks on", () => {
        const store = makeStore({ waiting: 1, hurry_at: NOW + 1000, late_at: NOW + 2000 });
        const levels = [0, 1000, 2000].map((passed) => judge(store, NOW + passed).level);
        expect(levels).toEqual(["work", "hurry", "late"]);
    });

    test("several stores are as urgent as the worst", () => {
        expect(worseLevel("calm", "late")).toBe("late");
        expect(worseLevel("hurry", "rest")).toBe("hurry");
    });
});

describe("order and search", () => {
    const stores = [
        makeStore({ id: 1, name: "Calm" }),
        makeStore({ id: 2, name: "Late", unanswered: 1, waiting: 1, oldest_at: NOW - 1 }),
        makeStore({ id: 3, name: "Later", unanswered: 1, waiting: 1, oldest_at: NOW - 9 }),
        makeStore({ id: 4, name: "Silent", tills_ringing: 0, code: "CD9", city: "成都" }),
        makeStore({ id: 5, name: "Rest", is_closed: true, tills_ringing: 0 }),
    ];
    const select = (wanted) => selectStores(stores, wanted, NOW).map(({ id }) => id);

    test("the most urgent first, then who waits longest", () => {
        expect(select({})).toEqual([3, 2, 4, 1, 5]);
    });

    test("filters", () => {
        expect(select({ filter: "late" })).toEqual([3, 2]);
        expect(select({ filter: "waiting" })).toEqual([3, 2]);
        expect(select({ filter: "silent" })).toEqual([4]);
        expect(select({ filter: "rest" })).toEqual([5]);
    });

    test("name, code or city, in any order and case", () => {
        expect(select({ query: "lat" })).toEqual([3, 2]);
        expect(select({ query: "cd9" })).toEqual([4]);
        expect(select({ query: "成都 silent" })).toEqual([4]);
        expect(select({ query: "成都 late" })).toEqual([]);
    });

    test("sums leave the tills of head office out", () => {
        const chain = [...stores, makeStore({ id: 6, is_head_office: true, tills_ringing: 0 })];
        const sums = sumUp(chain, NOW);
        expect(sums).toEqual({ waiting: 2, late: 2, accepted: 0, ready: 0, ringing: 3, shops: 5 });
    });

    test("an order that is over its time counts before the server says so", () => {
        const over = makeStore({ waiting: 1, late_at: NOW - 1 });
        expect(sumUp([over], NOW).late).toBe(1);
        expect(sumUp([{ ...over, unanswered: 1 }], NOW).late).toBe(1);
    });
});

test("times of the server are moments", () => {
    const board = parseBoard({
        now: "2026-01-05 10:00:00",
        stores: [{ id: 1, oldest_at: "2026-01-05 09:59:00", paused_until: false }],
        queue: [{ id: 2, since_at: "2026-01-05 09:00:00" }],
    });
    expect(board.now).toBe(NOW);
    expect(board.stores[0].oldest_at).toBe(NOW - 60000);
    expect(board.stores[0].paused_until).toBe(false);
    expect(board.queue[0].since_at).toBe(NOW - 3600000);
});

test("spans", () => {
    allowTranslations();
    expect(splitSpan(-5).seconds).toBe(0);
    expect(formatSpan(65000)).toBe("1:05");
    expect(formatSpan(11 * 60000)).toBe("11 min");
    expect(formatSpan(61 * 60000)).toBe("1 h 1 min");
    expect(formatSpan(25 * 3600000)).toBe("1 d 1 h");
});
