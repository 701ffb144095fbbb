import { expect, test } from "@odoo/hoot";
import { click, press, queryOne } from "@odoo/hoot-dom";
import { animationFrame, Deferred } from "@odoo/hoot-mock";
import { definePosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import { setupPosEnv } from "@point_of_sale/../tests/unit/utils";
import { MainComponentsContainer } from "@web/core/main_components_container";
import { getService, mountWithCleanup } from "@web/../tests/web_test_helpers";
import { PointsDialog } from "@o2o_member/app/points_redeem/points_dialog";

definePosModels();

const OFFER = {
    member: "Zhang San",
    is_member: true,
    available: 10000,
    held: 0,
    min: 200,
    max: 3300,
    step: 100,
    worth_per_step: 1,
    percent: 50,
};

/** @param {Promise} used once the order has the points */
async function openDialog(changes = {}, used = undefined) {
    const chosen = [];
    await setupPosEnv();
    await mountWithCleanup(MainComponentsContainer);
    getService("dialog").add(PointsDialog, {
        offer: { ...OFFER, ...changes },
        formatCurrency: (amount) => amount.toFixed(2),
        use: (points) => {
            chosen.push(points);
            return used;
        },
    });
    await animationFrame();
    return chosen;
}

test("starts with the most, moves in steps, stays within the offer", async () => {
    const chosen = await openDialog();
    expect(".o2o-points-number").toHaveText("3,300");
    expect(".o2o-points-worth").toHaveText("33.00");

    await click(".o2o-points-more");
    await animationFrame();
    expect(".o2o-points-number").toHaveText("3,300");

    await click(".o2o-points-less");
    await animationFrame();
    expect(".o2o-points-number").toHaveText("3,200");

    const slider = queryOne("input[type=range]");
    slider.value = "200";
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await animationFrame();
    await click(".o2o-points-less");
    await animationFrame();
    expect(".o2o-points-number").toHaveText("200");

    await click(".o2o-points-all");
    await animationFrame();
    await click(".o2o-points-confirm");
    await animationFrame();
    expect(chosen).toEqual([3300]);
    expect(".o2o-points-number").toHaveCount(0);
});

test("what is held can be changed or dropped", async () => {
    const chosen = await openDialog({ held: 1200 });
    expect(".o2o-points-number").toHaveText("1,200");
    await click(".o2o-points-none");
    await animationFrame();
    expect(chosen).toEqual([0]);
});

test("stays until the order has the points, so that nobody pays the whole price", async () => {
    const used = new Deferred();
    const chosen = await openDialog({}, used);
    await click(".o2o-points-confirm");
    await animationFrame();
    expect(".o2o-points-confirm").not.toBeEnabled();
    expect(".o2o-points-less").not.toBeEnabled();
    await press("Escape");
    await animationFrame();
    await click(".modal-header .btn-close");
    await animationFrame();
    expect(".o2o-points-number").toHaveText("3,300");

    used.resolve();
    await animationFrame();
    expect(".o2o-points-number").toHaveCount(0);
    expect(chosen).toEqual([3300]);
});

test("closes when the points could not be had, which is told elsewhere", async () => {
    expect.errors(1);
    await openDialog({}, Promise.reject(new Error("no points")));
    await click(".o2o-points-confirm");
    await animationFrame();
    expect(".o2o-points-number").toHaveCount(0);
    expect.verifyErrors(["no points"]);
});

test("nothing to choose is said, not offered", async () => {
    await openDialog({ max: 0 });
    expect(".alert-warning").toHaveText(/from 200 points/);
    expect(".o2o-points-confirm").toHaveCount(0);
});

test("a customer without a card is told", async () => {
    await openDialog({ max: 0, is_member: false, available: 0 });
    expect(".alert-warning").toHaveText(/no active member card/);
});
