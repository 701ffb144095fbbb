import { describe, expect, test } from "@odoo/hoot";
import { click, edit, press, queryAllTexts, waitFor, waitForNone } from "@odoo/hoot-dom";
import { animationFrame, Deferred } from "@odoo/hoot-mock";
import { definePosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import { MainComponentsContainer } from "@web/core/main_components_container";
import { getService, mountWithCleanup, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { ProductScreen } from "@point_of_sale/app/screens/product_screen/product_screen";
import { O2oMemberScreen } from "@o2o_member/app/screens/o2o_member_screen/o2o_member_screen";
import { O2oMemberStrip } from "@o2o_member/app/components/o2o_member_strip/o2o_member_strip";
import { makeCard, setupMembers } from "./utils";

definePosModels();

async function mountScreen(cards) {
    const setup = await setupMembers(cards);
    await mountWithCleanup(MainComponentsContainer);
    await mountWithCleanup(O2oMemberScreen);
    return setup;
}

async function lookUp(text) {
    await click(".o_o2o_member_query");
    await edit(text);
    await press("Enter");
    await animationFrame();
}

async function openPoints(direction, points) {
    await lookUp("0101");
    await waitFor(".o_o2o_member_name");
    await click(`.o_o2o_points_${direction}`);
    await waitFor(".o_o2o_points_input");
    await click(".o_o2o_points_input");
    await edit(String(points));
    await click(".o_o2o_points_reason:first");
    await animationFrame();
}

describe("look-up", () => {
    test("the box has the focus; one result opens at once", async () => {
        const { callsOf } = await mountScreen();
        expect(".o_o2o_member_query").toBeFocused();
        await lookUp("0101");
        await waitFor(".o_o2o_member_name");
        expect(".o_o2o_member_name").toHaveText("Chen Xiaoyu");
        expect(".o_o2o_points_available").toHaveText("1000");
        expect(".o_o2o_points_pending").toHaveText("Pending 50");
        expect(".o_o2o_member_level").toHaveText("Silver");
        expect(".o_o2o_tile_level").toHaveText(/35 more to Gold/);
        expect(".o_o2o_tile_coupons").toHaveText(/Ten off/);
        expect(callsOf("look_up")).toEqual([["look_up", "0101"]]);
        await animationFrame();
        expect(".o_o2o_member_query").toBeFocused();
        expect(".o_o2o_member_query").toHaveValue("");
    });

    test("several results: arrows and Enter choose", async () => {
        await mountScreen([
            makeCard({ id: 3, name: "Chen A" }),
            makeCard({ id: 4, name: "Chen B" }),
        ]);
        await lookUp("Chen");
        await waitFor(".o_o2o_member_row");
        expect(queryAllTexts(".o_o2o_member_row strong")).toEqual(["Chen A", "Chen B"]);
        await press("ArrowDown");
        await animationFrame();
        expect(".o_o2o_member_row_selected strong").toHaveText("Chen B");
        await press("Enter");
        await waitFor(".o_o2o_member_name");
        expect(".o_o2o_member_name").toHaveText("Chen B");
    });

    test("nobody found says so", async () => {
        await mountScreen();
        await lookUp("9999");
        await waitFor(".o_o2o_member_message");
        expect(".o_o2o_member_message").toHaveText("Nobody was found.");
    });

    test("a bank card does not leave the till", async () => {
        const { callsOf } = await mountScreen();
        await lookUp(";4111111111111111=2512101?");
        await waitFor(".o_o2o_member_message");
        expect(".o_o2o_member_message").toHaveText(/bank card/);
        expect(callsOf("look_up")).toEqual([]);
    });

    test("POS-14: a burst of keys without sentinels is refused as well", async () => {
        const { callsOf } = await mountScreen();
        await lookUp("4111111111111111");
        await waitFor(".o_o2o_member_message");
        expect(".o_o2o_member_message").toHaveText(/bank card/);
        expect(callsOf("look_up")).toEqual([]);
    });

    test("escape goes back: search, then sale", async () => {
        const { pos } = await mountScreen();
        patchWithCleanup(pos, { navigateToOrderScreen: () => expect.step("sale") });
        await lookUp("0101");
        await waitFor(".o_o2o_member_name");
        await press("escape");
        await waitForNone(".o_o2o_member_name");
        expect.verifySteps([]);
        await press("escape");
        expect.verifySteps(["sale"]);
    });
});

describe("customer", () => {
    test("sets and removes the customer of the order", async () => {
        const { pos, members } = await setupMembers();
        const order = pos.addNewOrder();
        expect(await members.setCustomer(3)).toBe("");
        expect(order.getPartner().id).toBe(3);
        expect(await members.removeCustomer()).toBe("");
        expect(order.getPartner()).toBe(undefined);
    });

    test("POS-02: a member who is found too late is nobody else's customer", async () => {
        const { pos, members } = await setupMembers();
        const found = new Deferred();
        patchWithCleanup(members, { _loadPartner: () => found });
        const order = pos.addNewOrder();
        const asked = members.setCustomer(3, members.getSale());
        const next = pos.addNewOrder();
        found.resolve(pos.models["res.partner"].getFirst());
        expect(await asked).toMatch(/The sale had gone on/);
        expect(order.getPartner()).toBe(undefined);
        expect(next.getPartner()).toBe(undefined);
    });

    test("POS-02: a member who is found too late changes no price under a payment", async () => {
        const { pos, members } = await setupMembers();
        const found = new Deferred();
        patchWithCleanup(members, { _loadPartner: () => found });
        const order = pos.addNewOrder();
        const asked = members.setCustomer(3);
        order.addPaymentline(pos.models["pos.payment.method"].getFirst());
        found.resolve(pos.models["res.partner"].getFirst());
        expect(await asked).toMatch(/The sale had gone on/);
        expect(order.getPartner()).toBe(undefined);
    });

    test("POS-02: a card at the scanner is for the sale it was scanned in", async () => {
        const { pos, members, notices } = await setupMembers();
        const found = new Deferred();
        patchWithCleanup(members, {
            find: async () => {
                await found;
                return { rows: [{ id: 3 }] };
            },
            _loadPartner: async () => pos.models["res.partner"].getFirst(),
        });
        const order = pos.addNewOrder();
        const screen = await mountWithCleanup(ProductScreen, {
            props: { orderUuid: order.uuid },
        });
        const asked = screen._barcodePartnerAction({ code: "88000101" });
        order.addPaymentline(pos.models["pos.payment.method"].getFirst());
        found.resolve();
        await asked;
        expect(order.getPartner()).toBe(undefined);
        expect(notices.at(-1)).toMatch(/The sale had gone on/);
    });

    test("POS-02: a search that was left is not in the way of the next one", async () => {
        const { members } = await mountScreen([
            makeCard({ id: 3, name: "Chen A" }),
            makeCard({ id: 4, name: "Chen B" }),
        ]);
        const slow = new Deferred();
        const find = members.find.bind(members);
        patchWithCleanup(members, {
            find: async (text) => {
                await (text === "Chen A" && slow);
                return find(text);
            },
        });
        await lookUp("Chen A");
        await press("escape");
        await animationFrame();
        await lookUp("Chen B");
        await waitFor(".o_o2o_member_name");
        slow.resolve();
        await animationFrame();
        expect(".o_o2o_member_name").toHaveText("Chen B");
        expect(members.view.isSearching).toBe(false);
    });

    test("POS-02: who opens a row while a search runs can search again", async () => {
        const { callsOf, members } = await mountScreen([
            makeCard({ id: 3, name: "Chen A" }),
            makeCard({ id: 4, name: "Chen B" }),
        ]);
        await lookUp("Chen");
        await waitFor(".o_o2o_member_row");
        const slow = new Deferred();
        const find = members.find.bind(members);
        patchWithCleanup(members, {
            find: async (text) => {
                await (text === "Chen A" && slow);
                return find(text);
            },
        });
        await lookUp("Chen A");
        expect(members.view.isSearching).toBe(true);
        await press("Enter");
        expect(members.view.partnerId).toBe(false);
        await click(".o_o2o_member_row:contains(Chen B)");
        await waitFor(".o_o2o_member_name");
        slow.resolve();
        await animationFrame();
        expect(".o_o2o_member_name").toHaveText("Chen B");
        expect(members.view.isSearching).toBe(false);
        // the rows are not those of what is in the box
        const asked = callsOf("look_up").length;
        await lookUp("Chen A");
        expect(callsOf("look_up")).toHaveLength(asked + 1);
    });

    test("POS-02: of two members who are asked for, the later one is shown", async () => {
        const { members } = await setupMembers([makeCard({ id: 3 }), makeCard({ id: 4 })]);
        const slow = new Deferred();
        const fetchCard = members.fetchCard.bind(members);
        patchWithCleanup(members, {
            fetchCard: async (id) => {
                await (id === 3 && slow);
                return fetchCard(id);
            },
        });
        const first = members.open(3);
        await members.open(4);
        slow.resolve();
        await first;
        expect(members.view.partnerId).toBe(4);
        members.close();
        expect(members.view.partnerId).toBe(false);
    });

    test("the strip shows name, level and points of a member", async () => {
        await setupMembers();
        await mountWithCleanup(O2oMemberStrip, { props: { partnerId: 3 } });
        await waitFor(".o_o2o_member_strip");
        expect(".o_o2o_strip_name").toHaveText("Chen Xiaoyu");
        expect(".o_o2o_strip_level").toHaveText("Silver");
        expect(".o_o2o_strip_points").toHaveText("Points 1000");
    });

    test("no strip for who is no member", async () => {
        const { callsOf } = await setupMembers([makeCard({ is_member: false })]);
        await mountWithCleanup(O2oMemberStrip, { props: { partnerId: 3 } });
        await animationFrame();
        expect(callsOf("member_card")).toHaveLength(1);
        expect(".o_o2o_member_strip").toHaveCount(0);
    });
});

describe("points", () => {
    test("PTS-08: within the limit no supervisor is asked", async () => {
        const { callsOf } = await mountScreen();
        await openPoints("add", 50);
        expect(queryAllTexts(".o_o2o_points_reason")).toEqual(["Event", "Other"]);
        expect(".o_o2o_points_summary").toHaveText("+50 points, 1050 afterwards");
        await click(".o_o2o_points_confirm");
        await waitFor(".o_o2o_points_done");
        const [[, partnerId, values]] = callsOf("post_points");
        expect(partnerId).toBe(3);
        expect(values.points).toBe(50);
        expect(values.reason_id).toBe(1);
        expect(values.key).toMatch(/^[0-9a-f-]{36}$/);
        await click(".o_o2o_points_close");
        await waitForNone(".o_o2o_points_done");
        expect(".o_o2o_points_available").toHaveText("1500");
    });

    test("PTS-08: above it the PIN; a wrong one is forgotten, the key stays", async () => {
        const { server, callsOf } = await mountScreen();
        const ok = server.points;
        server.points = ({ pin }) =>
            pin === "294817" ? ok() : { status: "pin_wrong", message: "This PIN is wrong." };
        await openPoints("deduct", 500);
        expect(".o_o2o_points_confirm").toHaveText("Ask a supervisor");
        await click(".o_o2o_points_confirm");
        await waitFor(".o_o2o_pin_input");
        expect(callsOf("post_points")).toHaveLength(0);
        expect(".o_o2o_pin_confirm").not.toBeEnabled();
        await click(".o_o2o_pin_input");
        await edit("11x1222");
        await animationFrame();
        await click(".o_o2o_pin_confirm");
        await waitFor(".o_o2o_points_error");
        expect(".o_o2o_points_error").toHaveText("This PIN is wrong.");
        expect(".o_o2o_pin_input").toHaveValue("");
        await click(".o_o2o_pin_input");
        await edit("294817");
        await press("Enter");
        await waitFor(".o_o2o_points_done");
        const [[, , first], [, , second]] = callsOf("post_points");
        expect(first.pin).toBe("111222");
        expect(second).toEqual({
            key: first.key,
            points: -500,
            reason_id: 2,
            note: "",
            supervisor_id: 9,
            pin: "294817",
        });
    });

    test("PTS-08: who only asks takes home a slip, too", async () => {
        await mountScreen();
        const slips = [];
        patchWithCleanup(getService("printer"), {
            print: (component, props) => slips.push([component, props]),
        });
        await lookUp("0101");
        await waitFor(".o_o2o_member_name");
        await click(".o_o2o_points_print_balance");
        await animationFrame();
        expect(slips).toHaveLength(1);
        const [Slip, props] = slips[0];
        await mountWithCleanup(Slip, { props });
        expect(".o_o2o_balance_slip").toHaveText(/Points now: 1000/);
        expect(".o_o2o_balance_slip").toHaveText(/88000101/);
        expect(".o_o2o_balance_slip").toHaveText(/: 20/);
    });

    test("PTS-08: more than there is cannot be deducted", async () => {
        await mountScreen();
        await openPoints("deduct", 1001);
        expect(".o_o2o_points_too_much").toHaveText("Only 1000 points are there.");
        expect(".o_o2o_points_confirm").not.toBeEnabled();
    });

    test("PTS-08: a reason is required, and words where it says so", async () => {
        await mountScreen();
        await openPoints("add", 5);
        await click(".o_o2o_points_reason:contains(Other)");
        await animationFrame();
        expect(".o_o2o_points_confirm").not.toBeEnabled();
        await click(".o_o2o_points_note");
        await edit("tasting");
        await animationFrame();
        expect(".o_o2o_points_confirm").toBeEnabled();
    });

    test("PTS-08: no answer, closed, other points: one of the two is posted", async () => {
        const { server, callsOf } = await mountScreen();
        const ok = server.points;
        const answers = [
            { status: "unknown", message: "Try again" },
            {
                status: "used",
                message: "The points asked for before were posted after all",
                points: { ...makeCard().points, available: 1005 },
            },
        ];
        server.points = () => answers.shift() || ok();
        await openPoints("add", 5);
        await click(".o_o2o_points_confirm");
        await waitFor(".o_o2o_points_error");
        await press("escape");
        await waitForNone(".o_o2o_points_error");
        await openPoints("deduct", 7);
        await click(".o_o2o_points_confirm");
        await waitFor(".o_o2o_points_error");
        expect(".o_o2o_points_error").toHaveText(/posted after all/);
        expect(".o_o2o_points_summary").toHaveText("-7 points, 998 afterwards");
        await click(".o_o2o_points_confirm");
        await waitFor(".o_o2o_points_done");
        const [lost, other, next] = callsOf("post_points").map(([, , values]) => values.key);
        expect(other).toBe(lost);
        expect(next).not.toBe(lost);
    });

    test("PTS-08: no answer: the same key is sent again", async () => {
        const { server, callsOf } = await mountScreen();
        const ok = server.points;
        let isFirst = true;
        server.points = () => {
            const answer = isFirst ? { status: "unknown", message: "Try again" } : ok();
            isFirst = false;
            return answer;
        };
        await openPoints("add", 5);
        await click(".o_o2o_points_confirm");
        await waitFor(".o_o2o_points_error");
        await click(".o_o2o_points_confirm");
        await waitFor(".o_o2o_points_done");
        const [[, , first], [, , second]] = callsOf("post_points");
        expect(second.key).toBe(first.key);
    });
});

describe("coupons for points", () => {
    async function chooseCoupon() {
        await lookUp("0101");
        await waitFor(".o_o2o_member_name");
        await click(".o_o2o_coupon_exchange");
        await waitFor(".o_o2o_coupon_offer");
        await click(".o_o2o_coupon_offer:contains(Ten off)");
        await waitFor(".o_o2o_coupon_confirm");
    }

    test("PTS-07: choose, confirm, code; the card knows the new balance", async () => {
        const { callsOf } = await mountScreen();
        await chooseCoupon();
        expect(".o_o2o_coupon_question").toHaveText(/300 points of Chen Xiaoyu, 700 afterwards/);
        await click(".o_o2o_coupon_confirm");
        await waitFor(".o_o2o_coupon_done");
        expect(".o_o2o_coupon_code").toHaveText("044abc");
        const [[, partnerId, values]] = callsOf("exchange_coupon");
        expect(partnerId).toBe(3);
        expect(values.offer_id).toBe(1);
        expect(values.key).toMatch(/^[0-9a-f-]{36}$/);
        await click(".o_o2o_coupon_close");
        await waitForNone(".o_o2o_coupon_done");
        expect(".o_o2o_points_available").toHaveText("700");
    });

    test("PTS-07: what cannot be had says why", async () => {
        await mountScreen();
        await lookUp("0101");
        await waitFor(".o_o2o_member_name");
        await click(".o_o2o_coupon_exchange");
        await waitFor(".o_o2o_coupon_offer");
        expect(".o_o2o_coupon_offer:contains(Fifty off)").not.toBeEnabled();
        expect(".o_o2o_coupon_offer:contains(Fifty off)").toHaveText(/4000 more are needed/);
    });

    test("PTS-07: no answer: the same key is sent again", async () => {
        const { server, callsOf } = await mountScreen();
        const ok = server.exchange;
        let isFirst = true;
        server.exchange = () => {
            const answer = isFirst ? { status: "unknown", message: "Try again" } : ok();
            isFirst = false;
            return answer;
        };
        await chooseCoupon();
        await click(".o_o2o_coupon_confirm");
        await waitFor(".o_o2o_coupon_error");
        await click(".o_o2o_coupon_confirm");
        await waitFor(".o_o2o_coupon_done");
        const [[, , first], [, , second]] = callsOf("exchange_coupon");
        expect(second.key).toBe(first.key);
    });

    test("PTS-07: another price by now: the list is shown as it is now", async () => {
        const { server } = await mountScreen();
        server.exchange = () => {
            server.offers[0].points = 800;
            return { status: "refused", message: "Price or terms have changed." };
        };
        await chooseCoupon();
        await click(".o_o2o_coupon_confirm");
        await waitFor(".o_o2o_coupon_error");
        await waitFor(".o_o2o_coupon_offer:contains(800)");
        expect(".o_o2o_coupon_error").toHaveText("Price or terms have changed.");
    });

    test("PTS-07: no answer, back, the same coupon: still one exchange", async () => {
        const { server, callsOf } = await mountScreen();
        server.exchange = () => ({ status: "unknown", message: "Try again" });
        await chooseCoupon();
        await click(".o_o2o_coupon_confirm");
        await waitFor(".o_o2o_coupon_error");
        await click(".o_o2o_coupon_back");
        await waitFor(".o_o2o_coupon_offer");
        await click(".o_o2o_coupon_offer:contains(Ten off)");
        await waitFor(".o_o2o_coupon_confirm");
        await click(".o_o2o_coupon_confirm");
        await waitFor(".o_o2o_coupon_error");
        const [[, , first], [, , second]] = callsOf("exchange_coupon");
        expect(second.key).toBe(first.key);
    });

    test("PTS-07: no answer, closed, the same coupon: still one exchange", async () => {
        const { server, callsOf } = await mountScreen();
        const ok = server.exchange;
        const slow = new Deferred();
        server.exchange = async () => {
            await slow;
            return { status: "unknown", message: "Try again" };
        };
        await chooseCoupon();
        await click(".o_o2o_coupon_confirm");
        await animationFrame();
        await press("escape");
        await animationFrame();
        expect(".o_o2o_coupon_back").not.toBeEnabled();
        slow.resolve();
        await waitFor(".o_o2o_coupon_error");
        await press("escape");
        await waitForNone(".o_o2o_coupon_error");
        server.exchange = ok;
        for (let turn = 0; turn < 2; turn++) {
            await chooseCoupon();
            await click(".o_o2o_coupon_confirm");
            await waitFor(".o_o2o_coupon_done");
            await click(".o_o2o_coupon_close");
            await waitForNone(".o_o2o_coupon_done");
        }
        const [lost, again, next] = callsOf("exchange_coupon").map(([, , values]) => values.key);
        expect(again).toBe(lost);
        // that one is done: the next is one of its own
        expect(next).not.toBe(lost);
    });

    test("PTS-07: without a network points are not exchanged", async () => {
        const { server } = await mountScreen();
        await lookUp("0101");
        await waitFor(".o_o2o_member_name");
        server.isDown = true;
        await lookUp("0101");
        await waitFor(".o_o2o_member_stale");
        expect(".o_o2o_coupon_exchange").not.toBeEnabled();
    });
});

describe("activation", () => {
    test("CARD-03: Enter leads through four fields; errors stand at theirs", async () => {
        const { server, callsOf } = await mountScreen();
        const ok = server.activate;
        server.activate = () => ({
            status: "invalid",
            message: "",
            errors: { code: "Card number and activation code do not match." },
        });
        await click(".o_o2o_member_activate");
        await waitFor(".o_o2o_activation_name:focus");
        for (const text of ["Wang Fang", "13911112222", ";88000500?", "135790"]) {
            await edit(text);
            await press("Enter");
            await animationFrame();
        }
        await waitFor(".o_o2o_field_error");
        expect(".o_o2o_activation_code").toHaveClass("is-invalid");
        expect(callsOf("activate")).toEqual([
            [
                "activate",
                { name: "Wang Fang", phone: "13911112222", number: "88000500", code: "135790" },
            ],
        ]);
        server.activate = ok;
        await click(".o_o2o_activation_confirm");
        await waitForNone(".o_o2o_activation");
        await waitFor(".o_o2o_member_name");
    });

    test("MEM-11: a known phone is offered", async () => {
        const { server, callsOf } = await mountScreen();
        const ok = server.activate;
        server.activate = ({ partner_id }) =>
            partner_id
                ? ok()
                : {
                      status: "exists",
                      message: "",
                      rows: [{ id: 7, name: "Wang F", phone: "139****2222", number: "" }],
                  };
        await click(".o_o2o_member_activate");
        await waitFor(".o_o2o_activation");
        await click(".o_o2o_activation_confirm");
        await waitFor(".o_o2o_activation_known");
        await click(".o_o2o_activation_known");
        await waitForNone(".o_o2o_activation");
        expect(callsOf("activate").at(-1)[1].partner_id).toBe(7);
    });
});

describe("without a network", () => {
    test("the card is shown as it was, and nothing can be changed", async () => {
        const { pos, members } = await mountScreen();
        await lookUp("0101");
        await waitFor(".o_o2o_member_name");
        expect(".o_o2o_member_stale").toHaveCount(0);
        await press("escape");
        pos.data.network.offline = true;
        await animationFrame();
        await lookUp("0101");
        await waitFor(".o_o2o_member_stale");
        expect(".o_o2o_member_stale").toHaveText(/^As of \d\d:\d\d, no network$/);
        expect(".o_o2o_member_name").toHaveText("Chen Xiaoyu");
        expect(".o_o2o_points_available").toHaveText("1000");
        expect(".o_o2o_points_add").not.toBeEnabled();
        expect(".o_o2o_points_deduct").not.toBeEnabled();
        expect(".o_o2o_member_note").toHaveCount(0);
        expect(".o_o2o_offline_reason").toHaveText("Not possible without a network");
        expect(".o_o2o_member_activate").not.toBeEnabled();
        expect(members.view.message).toMatch(/No network/);
    });

    test("a member never seen here is not found", async () => {
        const { pos } = await mountScreen();
        pos.data.network.offline = true;
        await lookUp("0101");
        await waitFor(".o_o2o_member_message");
        expect(".o_o2o_member_name").toHaveCount(0);
    });
});
