import { describe, expect, test } from "@odoo/hoot";
import { mockDate } from "@odoo/hoot-mock";
import {
    formatElapsed,
    formatServerTime,
    getDueLevel,
    getTab,
    getTabOrders,
    mergeBoard,
    parseServerTime,
    searchOrders,
} from "@o2o_order/app/utils/o2o_board";
import { makeOrder } from "./utils";

const ids = (orders) => orders.map(({ id }) => id);

describe("lists", () => {
    test("POS-04: each state belongs to the list where the work is", () => {
        const tabs = [
            ["offered", "waiting"],
            ["accepted", "progress"],
            ["picking", "progress"],
            ["ready", "ready"],
            ["shipped", "underway"],
            ["delivered", "done"],
            ["completed", "done"],
            ["cancelled", "problems"],
            ["rejected", "problems"],
            ["expired", "problems"],
            ["pooled", "problems"],
        ];
        for (const [state, tab] of tabs) {
            expect(getTab({ state, delivery_kind: "delivery" })).toBe(tab);
        }
        expect(getTab({ state: "ready", delivery_kind: "pickup" })).toBe("underway");
    });

    test("POS-03: what is due first is first, whatever came in before", () => {
        const orders = [
            makeOrder({ id: 1, offered_at: "2026-01-05 10:00:00" }),
            makeOrder({ id: 2, due_at: "2026-01-05 10:09:00" }),
            makeOrder({ id: 3, due_at: "2026-01-05 10:06:00" }),
        ];
        expect(ids(getTabOrders(orders, "waiting"))).toEqual([3, 2, 1]);
    });

    test("POS-03: a limit presses in its last minute, and more after it", () => {
        expect([300, 60, 1, 0, -5].map(getDueLevel)).toEqual([
            "",
            "warning",
            "warning",
            "danger",
            "danger",
        ]);
    });

    test("the order that waits longest is first, the latest done is first", () => {
        const orders = [
            makeOrder({ id: 1, offered_at: "2026-01-05 10:05:00" }),
            makeOrder({ id: 2, offered_at: "2026-01-05 10:01:00" }),
            makeOrder({ id: 3, offered_at: "2026-01-05 09:00:00", state: "completed" }),
            makeOrder({ id: 4, offered_at: "2026-01-05 09:30:00", state: "completed" }),
        ];
        expect(ids(getTabOrders(orders, "waiting"))).toEqual([2, 1]);
        expect(ids(getTabOrders(orders, "done"))).toEqual([4, 3]);
    });
});

describe("merge", () => {
    test("the server wins: orders come, change and go", () => {
        const orders = [makeOrder({ id: 1 }), makeOrder({ id: 2 })];
        mergeBoard(orders, [makeOrder({ id: 2, state: "accepted" }), makeOrder({ id: 3 })]);
        expect(ids(orders)).toEqual([2, 3]);
        expect(orders[0].state).toBe("accepted");
    });

    test("a known order stays the same object, its lines too when they are equal", () => {
        const orders = [makeOrder()];
        const [order] = orders;
        const { lines } = order;
        mergeBoard(orders, [makeOrder({ note: "after six" })]);
        expect(orders[0]).toBe(order);
        expect(order.lines).toBe(lines);
        expect(order.note).toBe("after six");
    });
});

describe("search", () => {
    const orders = [
        makeOrder({ id: 1, order_name: "S00041", partner_name: "Li Lei" }),
        makeOrder({ id: 2, order_name: "S00052", partner_name: "韩梅梅", partner_phone: "" }),
    ];

    test("finds an order by number, phone and name", () => {
        expect(ids(searchOrders(orders, "s00052"))).toEqual([2]);
        expect(ids(searchOrders(orders, "13800138"))).toEqual([1]);
        expect(ids(searchOrders(orders, "8000"))).toEqual([1]);
        expect(ids(searchOrders(orders, "梅"))).toEqual([2]);
        expect(ids(searchOrders(orders, "lei li"))).toEqual([1]);
    });

    test("finds nothing rather than everything", () => {
        expect(ids(searchOrders(orders, "99999"))).toEqual([]);
        expect(ids(searchOrders(orders, "-"))).toEqual([]);
    });
});

describe("time", () => {
    test("server times without a zone are UTC", () => {
        expect(parseServerTime("2026-01-05 10:00:00").toUTC().hour).toBe(10);
        expect(parseServerTime("2026-01-05T10:00:00+08:00").toUTC().hour).toBe(2);
        expect(parseServerTime(false)).toBe(null);
        expect(parseServerTime("soon")).toBe(null);
    });

    test("an older day is named", () => {
        mockDate("2026-01-06 12:00:00", +0);
        expect(formatServerTime("2026-01-06 10:30:00")).toBe("10:30");
        expect(formatServerTime("2026-01-05 10:30:00")).toBe("01-05 10:30");
    });

    test("waiting time is readable at a glance", () => {
        expect(formatElapsed(-3)).toBe("0:00");
        expect(formatElapsed(65)).toBe("1:05");
        expect(formatElapsed(3665.9)).toBe("1:01:05");
    });
});
