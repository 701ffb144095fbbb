import { after, expect } from "@odoo/hoot";
import { Deferred } from "@odoo/hoot-mock";
import { browser } from "@web/core/browser/browser";
import { getService, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { PosConfig } from "@point_of_sale/../tests/unit/data/pos_config.data";
import { setupPosEnv } from "@point_of_sale/../tests/unit/utils";

const { DateTime } = luxon;

/** An order as `pos_board` sends it. */
export function makeOrder(values = {}) {
    const id = values.id || 1;
    return {
        id,
        name: `F/${id}`,
        order_name: `S0000${id}`,
        state: "offered",
        delivery_kind: "delivery",
        offered_at: "2026-01-05 10:00:00",
        accepted_at: "",
        accepted_by: "",
        partner_name: "Li Lei",
        partner_phone: "138 0013 8000",
        street: "Jianguo Road 93, Beijing",
        note: "",
        payment_label: "Paid online",
        is_cod: false,
        amount_total: 396,
        currency_id: 1,
        item_count: 3,
        lines: [
            {
                id: id * 10,
                product_id: 5,
                name: "Baijiu 500 ml",
                quantity: 3,
                uom: "Units",
                price_unit: 132,
                subtotal: 396,
                image_url: "",
            },
        ],
        store_id: 1,
        store_name: "Chaoyang Store",
        actions: ["accept", "reject"],
        events: [],
        ...values,
    };
}

/** A print job as `o2o_pos_device` sends it. */
export function makeJob(state, reprintNumber = 0) {
    return {
        document_type: "order_slip",
        state,
        name: "Order slip S00001",
        reprint_number: reprintNumber,
        error: "",
    };
}

/** The sound device of the tests: counts, and can refuse like a browser without a tap. */
export class FakePlayer {
    playing = new Set();
    played = [];
    isRefused = false;

    preload() {}

    async play(name, { loop = false } = {}) {
        if (this.isRefused) {
            throw new DOMException("no gesture", "NotAllowedError");
        }
        this.played.push(name);
        if (loop) {
            this.playing.add(name);
        }
    }

    stop(name) {
        this.playing.delete(name);
    }

    isPlaying(name) {
        return this.playing.has(name);
    }

    setVolume() {}
}

export class FakeSpeaker {
    said = [];

    say(text) {
        this.said.push(String(text));
    }

    stop() {}
}

/** `browser.Audio` of the tests: silent, and always allowed. */
class FakeAudio {
    constructor(src) {
        this.src = src;
        this.paused = true;
    }
    async play() {
        this.paused = false;
    }
    pause() {
        this.paused = true;
    }
}

/**
 * Start a till of a store, and a server that answers as the test says.
 *
 * @param {object[]} orders the board of the server; tests change `server.orders` later
 * @param {{storeId?: number|false}} [options] the store the till belongs to
 * @returns {Promise<{pos: object, onlineOrders: object, server: object}>}
 */
export async function setupOnlineOrders(orders = [], { storeId = 1 } = {}) {
    const server = {
        orders,
        isDown: false,
        boardCalls: 0,
        actions: [],
        pool: [],
        version: undefined,
        /** What the till said of itself with the last question. */
        presence: null,
        keys: [],
        searches: [],
        /** Answers to other questions, by method. */
        answers: {},
        /** Hold back the answers until resolved. */
        boardGate: null,
        actGate: null,
        act: () => ({ status: "ok", message: "", order: false }),
        reprint: () => ({ status: "ok", message: "", print_jobs: [makeJob("new", 1)] }),
    };
    onRpc("o2o.fulfillment", "pos_board", async ({ kwargs }) => {
        server.boardCalls++;
        server.presence = kwargs.context?.o2o_presence;
        const answer = JSON.parse(JSON.stringify(server.orders));
        await server.boardGate;
        if (server.isDown) {
            return new Response("", { status: 502 });
        }
        return {
            orders: answer,
            reasons: server.reasons || [
                { id: 1, name: "Sold out", code: "sold_out", needs_note: false },
                { id: 2, name: "Other", code: "other", needs_note: true },
            ],
            store: { id: 1, name: "Chaoyang Store", ...server.store },
            pool: server.pool,
            version: server.version,
            server_time: DateTime.utc().toFormat("yyyy-MM-dd HH:mm:ss"),
        };
    });
    onRpc("o2o.fulfillment", "pos_act", async ({ args }) => {
        if (server.isDown) {
            return new Response("", { status: 502 });
        }
        server.actions.push(args.slice(1, 4));
        server.keys.push(args[4]);
        await server.actGate;
        return server.act(...args.slice(1));
    });
    onRpc("o2o.fulfillment", "pos_search", ({ args }) => {
        server.searches.push(args[1]);
        return server.isDown
            ? new Response("", { status: 502 })
            : { status: "ok", orders: server.found || [], more: false };
    });
    for (const method of [
        "pos_stores",
        "pos_substitutes",
        "pos_return_find",
        "pos_return_preview",
        "pos_set_shelf",
        "pos_print_refund",
    ]) {
        onRpc("o2o.fulfillment", method, ({ args }) =>
            server.isDown
                ? new Response("", { status: 502 })
                : server.answers[method](...args.slice(1))
        );
    }
    onRpc("o2o.fulfillment", "pos_reprint", ({ args }) => {
        server.actions.push(args.slice(1));
        return server.reprint();
    });
    patchWithCleanup(PosConfig._records[0], { o2o_store_id: storeId });
    patchWithCleanup(browser, { Audio: FakeAudio });
    patchWithCleanup(window, { speechSynthesis: undefined });
    const pos = await setupPosEnv();
    const onlineOrders = getService("o2o_orders");
    const notices = [];
    patchWithCleanup(pos.notification, {
        add: (text, options) => notices.push({ text: String(text), type: options.type }),
    });
    await onlineOrders.loading;
    after(() => {
        browser.clearTimeout(onlineOrders.timer);
        onlineOrders.watch?.stop();
    });
    return { pos, onlineOrders, server, notices };
}

export function makeGate() {
    return new Deferred();
}

/** The ids of the orders the bell rings for. */
export function expectRinging(onlineOrders, ids) {
    expect(onlineOrders.bell.orders.map(({ id }) => id)).toEqual(ids);
    expect(onlineOrders.bellState.isRinging).toBe(ids.length > 0);
}
