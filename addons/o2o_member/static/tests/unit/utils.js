import { browser } from "@web/core/browser/browser";
import { getService, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { setupPosEnv } from "@point_of_sale/../tests/unit/utils";

/** A card as `member_card` sends it. */
export function makeCard(values = {}) {
    const id = values.id || 3;
    return {
        id,
        name: "Chen Xiaoyu",
        phone: "138****8001",
        pinyin: "cx chenxiaoyu",
        is_member: true,
        card: { number: "88000101", state: "active", state_label: "Active" },
        level: {
            level: { id: 1, name: "Silver" },
            next: { name: "Gold", percent: 60, text: "35 more to Gold" },
        },
        points: {
            available: 1000,
            pending: 50,
            debt: 0,
            worth: 10,
            expiring: [{ points: 20, date: "2026-12-31" }],
        },
        coupons: [{ id: 1, name: "Ten off", code: "044", points: "1", expires_on: "" }],
        orders: [],
        purchases: [
            {
                name: "26-1-001",
                origin: "till",
                date: "2026-01-05 10:00:00",
                amount: 88,
                currency_id: 1,
            },
        ],
        note: "",
        as_of: "2026-01-05 10:00:00",
        ...values,
    };
}

export function makeRow(card) {
    return {
        id: card.id,
        name: card.name,
        phone: card.phone,
        number: card.card.number,
        is_member: true,
    };
}

/**
 * Start a till, and a server that answers as the test says.
 *
 * @param {object[]} cards the members of the server
 */
export async function setupMembers(cards = [makeCard()]) {
    browser.localStorage.clear();
    const server = {
        cards,
        calls: [],
        isDown: false,
        points: () => ({
            status: "ok",
            message: "",
            points: { ...makeCard().points, available: 1500 },
            slip: {
                number: "P000001",
                partner_name: "Chen Xiaoyu",
                phone: "138****8001",
                card_number: "88000101",
                points: 500,
                balance: 1500,
                reason: "Gift",
                note: "",
                till: "Till",
                cashier: "Li",
                supervisor: "",
                date: "2026-01-05 10:00:00",
            },
        }),
        activate: () => ({ status: "ok", message: "", card: makeCard() }),
        offers: [
            {
                id: 1,
                name: "Ten off",
                worth: "10 off",
                points: 300,
                left: 4,
                last_day: "2026-12-31",
                problem: "",
            },
            {
                id: 2,
                name: "Fifty off",
                worth: "",
                points: 5000,
                left: null,
                last_day: "",
                problem: "Not enough points: 4000 more are needed.",
            },
        ],
        exchange: () => ({
            status: "ok",
            message: "",
            coupon: { name: "Ten off", code: "044abc", expires_on: "2026-12-31" },
            card: makeCard({ points: { ...makeCard().points, available: 700 } }),
        }),
        form: {
            status: "ok",
            message: "",
            reasons: [
                { id: 1, name: "Event", use: "add", needs_note: false },
                { id: 2, name: "Gift", use: "deduct", needs_note: false },
                { id: 3, name: "Other", use: "both", needs_note: true },
            ],
            supervisors: [{ id: 9, name: "Boss" }],
            limits: { per_operation: 100, left_today: 500 },
        },
    };
    const answers = {
        look_up: ({ args: [, query] }) => {
            const rows = server.cards
                .filter(({ name, card }) => name.includes(query) || card.number.endsWith(query))
                .map(makeRow);
            return { status: "ok", message: "", kind: "code", rows, more: false };
        },
        member_card: ({ args: [, id] }) => ({
            status: "ok",
            message: "",
            card: server.cards.find((card) => card.id === id),
        }),
        points_form: () => server.form,
        post_points: ({ args: [, , values] }) => server.points(values),
        save_note: ({ args: [, , text] }) => ({ status: "ok", message: "", note: text }),
        activate: ({ args: [, values] }) => server.activate(values),
        coupon_offers: () => ({ status: "ok", message: "", offers: server.offers }),
        exchange_coupon: ({ args: [, , values] }) => server.exchange(values),
    };
    for (const [method, answer] of Object.entries(answers)) {
        onRpc("o2o.member.till", method, (call) => {
            server.calls.push([method, ...call.args.slice(1)]);
            return server.isDown ? new Response("", { status: 502 }) : answer(call);
        });
    }
    const pos = await setupPosEnv();
    const members = getService("o2o_members");
    const notices = [];
    patchWithCleanup(pos.notification, { add: (text) => notices.push(String(text)) });
    const callsOf = (name) => server.calls.filter(([method]) => method === name);
    return { pos, members, server, notices, callsOf };
}
