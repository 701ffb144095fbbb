import { expect, test } from "@odoo/hoot";
import { waitFor } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { definePosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import { setupPosEnv } from "@point_of_sale/../tests/unit/utils";
import { PartnerList } from "@point_of_sale/app/screens/partner_list/partner_list";
import { MainComponentsContainer } from "@web/core/main_components_container";
import { getService, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";

definePosModels();

const ROW = {
    id: 900,
    name: "Regular Li",
    phone: "13900000900",
    write_date: "2026-01-05 10:00:00",
};

/** Open the customer list as often as the test wants; the server answers `rows`. */
async function setupList(server) {
    onRpc("res.partner", "get_new_partner", ({ args }) => {
        server.offsets.push(args[2]);
        return { "res.partner": server.rows, "account.fiscal.position": [] };
    });
    await setupPosEnv();
    await mountWithCleanup(MainComponentsContainer);
    return async () => {
        const close = getService("dialog").add(PartnerList, { partner: null, getPayload() {} });
        await waitFor(".modal-title:contains(Choose customer)");
        await animationFrame();
        return close;
    };
}

test("the list opens with the till's regulars, asked for once", async () => {
    const server = { rows: [ROW], offsets: [] };
    const open = await setupList(server);
    const close = await open();
    await waitFor(".partner-info:contains(Regular Li)");
    close();
    await animationFrame();
    await open();
    expect(".partner-info:contains(Regular Li)").toHaveCount(1);
    expect(server.offsets).toEqual([0]);
});

test("a list that got no answer asks again when it opens next", async () => {
    const server = { rows: [], offsets: [] };
    const open = await setupList(server);
    (await open())();
    await animationFrame();
    server.rows = [ROW];
    await open();
    await waitFor(".partner-info:contains(Regular Li)");
    expect(server.offsets).toEqual([0, 0]);
});
