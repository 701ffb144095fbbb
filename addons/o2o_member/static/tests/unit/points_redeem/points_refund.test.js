import { beforeEach, expect, test } from "@odoo/hoot";
import { definePosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import { setupPosEnv } from "@point_of_sale/../tests/unit/utils";

definePosModels();

const POINTS = { id: 99 };
let pos;

beforeEach(async () => {
    pos = await setupPosEnv();
    pos.company.o2o_points_product_id = POINTS;
    pos.data.call = async (model, method) => {
        expect.step(method);
        return { lines: [], amount: 0 };
    };
});

const refundOf = (line) => ({
    isRefund: true,
    uiState: {},
    lines: [{ uuid: "refund", product_id: { id: 1 }, qty: -1, refunded_orderline_id: line }],
});

test("POS-07: a refund of what was paid with money asks nothing, so it works offline", async () => {
    const line = { id: 5, order_id: { lines: [{ uuid: "sold", product_id: { id: 1 } }] } };
    expect(await pos.o2oPreparePoints(refundOf(line))).toBe(true);
    expect.verifySteps([]);
});

test("POS-07: what points paid for is asked about", async () => {
    const line = { id: 5, order_id: { lines: [{ uuid: "points", product_id: POINTS }] } };
    expect(await pos.o2oPreparePoints(refundOf(line))).toBe(true);
    expect.verifySteps(["get_refund"]);
});

test("POS-07: an order settled here may have been paid with points on the website", async () => {
    const line = { id: 5, sale_order_line_id: { id: 7 }, order_id: { lines: [] } };
    expect(await pos.o2oPreparePoints(refundOf(line))).toBe(true);
    expect.verifySteps(["get_refund"]);
});
