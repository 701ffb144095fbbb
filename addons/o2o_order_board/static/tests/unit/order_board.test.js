import { expect, test } from "@odoo/hoot";
import { click, edit } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, mockDate } from "@odoo/hoot-mock";
import { Component, xml } from "@odoo/owl";
import { definePosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import {
    getService,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { setupOnlineOrders } from "@o2o_order/../tests/unit/utils";
import { MIN_INTERVAL, POLL_INTERVAL } from "@o2o_order_board/board/board_source";
import { OrderBoard } from "@o2o_order_board/board/order_board";

// the services of the till start with those of the web client
definePosModels();

/** The bar above the board, without the menus of the web client. */
class Bar extends Component {
    static template = xml`<div><t t-slot="layout-actions" /></div>`;
    static props = ["*"];
}

class Board extends OrderBoard {
    static components = { ...OrderBoard.components, ControlPanel: Bar };
}

const STORE = {
    id: 1,
    name: "Near",
    code: "NEAR",
    city: "贵阳",
    latitude: 26.6,
    longitude: 106.6,
    is_head_office: false,
    tills: 1,
    tills_open: 1,
    tills_ringing: 1,
    seen_at: false,
    waiting: 0,
    unanswered: 0,
    accepted: 0,
    overdue: 0,
    ready: 0,
    oldest_at: false,
    hurry_at: false,
    late_at: false,
    is_paused: false,
    paused_until: false,
    is_closed: false,
    opens_at: false,
};
const FAR = { ...STORE, id: 2, name: "Far", code: "FAR", latitude: 30.5, longitude: 104 };

function makeBoard(values = {}) {
    return {
        now: "2026-01-05 10:00:00",
        is_head_office: true,
        stores: [STORE, FAR],
        queue: [],
        queue_count: 0,
        ...values,
    };
}

/** Open the board; what the server says is the last of `boards`. */
async function openBoard(boards) {
    mockDate("2026-01-05 10:00:00", 0);
    onRpc("get_board", () => {
        expect.step("asked");
        const board = boards.at(-1);
        if (board instanceof Error) {
            throw board;
        }
        return board;
    });
    await setupOnlineOrders([]);
    await mountWithCleanup(Board, { props: { action: {} } });
    expect.verifySteps(["asked"]);
}

test("a message of the bus brings the news", async () => {
    const boards = [makeBoard()];
    await openBoard(boards);
    expect(".o_o2o_card.o_o2o_level_calm").toHaveCount(2);
    boards.push(makeBoard({ stores: [{ ...STORE, waiting: 1, unanswered: 1 }, FAR] }));
    getService("bus_service").trigger("BUS:RECONNECT");
    await advanceTime(MIN_INTERVAL);
    await animationFrame();
    expect.verifySteps(["asked"]);
    expect(".o_o2o_card:first-child").toHaveAttribute("data-code", "NEAR");
    expect(".o_o2o_card:first-child").toHaveClass("o_o2o_level_late");
    expect(".o_o2o_sum_late strong").toHaveText("1");
});

test("a server that is away leaves the old numbers, and says so", async () => {
    const boards = [makeBoard()];
    await openBoard(boards);
    expect(".o_o2o_board_stale").toHaveCount(0);
    boards.push(new Error("away"));
    await advanceTime(POLL_INTERVAL);
    await animationFrame();
    expect.verifySteps(["asked"]);
    expect(".o_o2o_board_stale").toHaveCount(1);
    expect(".o_o2o_card").toHaveCount(2);
    boards.push(makeBoard());
    await advanceTime(POLL_INTERVAL);
    await animationFrame();
    expect.verifySteps(["asked"]);
    expect(".o_o2o_board_stale").toHaveCount(0);
});

test("search and empty states", async () => {
    await openBoard([makeBoard()]);
    await click(".o_o2o_board_search input");
    await edit("far");
    await animationFrame();
    expect(".o_o2o_card").toHaveCount(1);
    await edit("nowhere");
    await animationFrame();
    expect(".o_o2o_board_nothing").toHaveCount(1);
    await click(".o_o2o_board_nothing button");
    await animationFrame();
    expect(".o_o2o_card").toHaveCount(2);
});

test("a store person without a store is told what to do", async () => {
    await openBoard([makeBoard({ stores: [], is_head_office: false })]);
    expect(".o_o2o_board_empty").toHaveCount(1);
    expect(".o_o2o_map").toHaveCount(0);
});

test("only head office sees what to do about an order without a store", async () => {
    const row = {
        id: 7,
        order_id: 70,
        order: "S0070",
        member: "张三",
        region: false,
        goods: "坤沙 × 1",
        pieces: 1,
        store: false,
        delivery_kind: "delivery",
        kind: "nobody",
        since_at: "2026-01-05 09:55:00",
        until_at: false,
    };
    const boards = [makeBoard({ queue: [row], queue_count: 1 })];
    await openBoard(boards);
    expect(".o_o2o_queue_row").toHaveCount(1);
    expect(".o_o2o_queue_assign").toHaveCount(1);
    boards.push(makeBoard({ queue: [row], queue_count: 1, is_head_office: false }));
    await advanceTime(POLL_INTERVAL);
    await animationFrame();
    expect.verifySteps(["asked"]);
    expect(".o_o2o_queue_row").toHaveCount(1);
    expect(".o_o2o_queue_assign").toHaveCount(0);
});

test("a number leads to its orders, a store person's to the own list", async () => {
    const boards = [makeBoard()];
    await openBoard(boards);
    patchWithCleanup(getService("action"), {
        doAction: (action) => expect.step(JSON.stringify([action.domain, action.views])),
    });
    const domain = [
        ["store_id", "=", 2],
        ["state", "in", ["offered"]],
    ];
    await click(".o_o2o_card[data-code='FAR'] .o_o2o_card_counts button:first-child");
    expect.verifySteps([
        JSON.stringify([
            domain,
            [
                [false, "list"],
                [false, "form"],
            ],
        ]),
    ]);
});
