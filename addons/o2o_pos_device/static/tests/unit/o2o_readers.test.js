import { describe, expect, test } from "@odoo/hoot";
import { click, waitFor, waitForNone } from "@odoo/hoot-dom";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { definePosModels } from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import { setupPosEnv } from "@point_of_sale/../tests/unit/utils";
import { BarcodeParser } from "@barcodes/js/barcode_parser";
import { session } from "@web/session";
import { MainComponentsContainer } from "@web/core/main_components_container";
import {
    getService,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { O2oMemberScreen } from "@o2o_member/app/screens/o2o_member_screen/o2o_member_screen";
import { makeCard } from "@o2o_member/../tests/unit/utils";
import { OFFER_MS } from "@o2o_pos_device/app/services/o2o_readers_service";

definePosModels();

const SWIPE = { event: "a1", reader: "Counter", kind: "card" };
const OFFER = ".o_notification:contains(A card was swiped)";

/** A till that hears of swipes; the server hands each out once. */
async function setupReaders({ current = "PaymentScreen", kind = "card", value = "88000101" } = {}) {
    const taken = [];
    const searched = [];
    const swipes = { a1: { status: "ok", message: "", kind, value } };
    onRpc("o2o.reader.event", "pos_take", ({ args: [, event] }) => {
        taken.push(event);
        const answer = swipes[event];
        delete swipes[event];
        return answer || { status: "gone", message: "This swipe is over. Please swipe again." };
    });
    // the server finds a stripe by the whole number
    onRpc("o2o.member.till", "look_up", ({ args: [, query] }) => {
        searched.push(query);
        const rows = query === ";88000101?" ? [{ id: 3, name: "Chen Xiaoyu" }] : [];
        return { status: "ok", message: "", kind: "swipe", rows, more: false };
    });
    onRpc("o2o.member.till", "member_card", () => ({
        status: "ok",
        message: "",
        card: makeCard(),
    }));
    patchWithCleanup(session, { nomenclature_id: 1 });
    patchWithCleanup(BarcodeParser, { fetchNomenclature: async () => ({ rules: [] }) });
    const pos = await setupPosEnv();
    const { state } = pos.router;
    state.current = current;
    patchWithCleanup(pos, {
        navigate: (screen) => {
            state.current = screen;
        },
    });
    await mountWithCleanup(MainComponentsContainer);
    return {
        pos,
        members: getService("o2o_members"),
        readers: getService("o2o_readers"),
        state,
        swipes,
        taken,
        searched,
    };
}

describe("a till that waits", () => {
    test("POS-14: on the member screen a swipe is as if it had been typed", async () => {
        const { readers, taken, searched } = await setupReaders({ current: "O2oMemberScreen" });
        await mountWithCleanup(O2oMemberScreen);
        await readers.onSwipe(SWIPE);
        await waitFor(".o_o2o_member_name");
        expect(".o_o2o_member_name").toHaveText("Chen Xiaoyu");
        expect(".o_o2o_member_query").toHaveValue("");
        expect(taken).toEqual(["a1"]);
        expect(searched).toEqual([";88000101?"]);
        expect(".o_notification").toHaveCount(0);
    });

    test("POS-14: two swipes after each other do not mix", async () => {
        const { readers, swipes, searched } = await setupReaders();
        swipes.a2 = { status: "ok", message: "", kind: "card", value: "99000202" };
        await mountWithCleanup(O2oMemberScreen);
        await readers.onSwipe(SWIPE);
        await readers.onSwipe({ ...SWIPE, event: "a2" });
        expect(searched).toEqual([";88000101?", ";99000202?"]);
    });

    test("POS-14: another till was faster: not a word", async () => {
        const { readers, searched } = await setupReaders();
        await mountWithCleanup(O2oMemberScreen);
        await readers.onSwipe({ ...SWIPE, event: "other" });
        expect(searched).toEqual([]);
        expect(".o_notification").toHaveCount(0);
    });

    test("a server that cannot be reached is told", async () => {
        const { readers } = await setupReaders();
        onRpc("o2o.reader.event", "pos_take", () => new Response("", { status: 502 }));
        await mountWithCleanup(O2oMemberScreen);
        await readers.onSwipe(SWIPE);
        await waitFor(".o_notification:contains(swipe the card again)");
    });

    test("a code of the box's scanner goes where a scan goes", async () => {
        const { readers, taken } = await setupReaders({ kind: "barcode", value: "6901234567892" });
        const reader = getService("barcode_reader");
        patchWithCleanup(reader, { scan: (code) => expect.step(code) });
        const unregister = reader.register({ product: () => {} }, false);
        await readers.onSwipe({ ...SWIPE, kind: "barcode" });
        unregister();
        expect(taken).toEqual(["a1"]);
        expect.verifySteps(["6901234567892"]);
    });

    test("a screen that takes goods only does not swallow a card", async () => {
        const { readers, taken } = await setupReaders();
        getService("barcode_reader").register({ product: () => {} }, false);
        await readers.onSwipe(SWIPE);
        await waitFor(OFFER);
        expect(taken).toEqual([]);
    });
});

describe("a till that does not wait", () => {
    test("POS-14: one tap looks the member up", async () => {
        const { readers, state, taken, members } = await setupReaders();
        await readers.onSwipe(SWIPE);
        await waitFor(OFFER);
        expect(taken).toEqual([]);
        await click(".o_notification button:contains(Look up member)");
        await animationFrame();
        await waitForNone(OFFER);
        expect(taken).toEqual(["a1"]);
        expect(state.current).toBe("O2oMemberScreen");
        expect(members.card.name).toBe("Chen Xiaoyu");
    });

    test("POS-14: the notice goes with the swipe", async () => {
        const { readers } = await setupReaders();
        await readers.onSwipe(SWIPE);
        await waitFor(OFFER);
        await advanceTime(OFFER_MS + 1000);
        await waitForNone(OFFER);
    });

    test("POS-14: and when another till takes it", async () => {
        const { readers } = await setupReaders();
        await readers.onSwipe(SWIPE);
        await waitFor(OFFER);
        readers.onTaken({ event: "older" });
        await animationFrame();
        expect(OFFER).toHaveCount(1);
        readers.onTaken({ event: "a1" });
        await waitForNone(OFFER);
    });

    test("POS-14: the next swipe replaces it", async () => {
        const { readers } = await setupReaders();
        await readers.onSwipe(SWIPE);
        await readers.onSwipe({ ...SWIPE, event: "a2", reader: "Door" });
        await animationFrame();
        expect(OFFER).toHaveCount(1);
        expect(OFFER).toHaveText(/swiped at Door/);
    });

    test("a swipe that is over says so", async () => {
        const { readers, state } = await setupReaders();
        await readers.onSwipe({ ...SWIPE, event: "old" });
        await waitFor(OFFER);
        await click(".o_notification button:contains(Look up member)");
        await waitFor(".o_notification:contains(This swipe is over)");
        expect(state.current).toBe("PaymentScreen");
    });

    test("a code nobody waits for is not lost in silence", async () => {
        const { readers, taken } = await setupReaders();
        await readers.onSwipe({ ...SWIPE, kind: "barcode" });
        await waitFor(".o_notification:contains(Open the sale)");
        expect(taken).toEqual([]);
    });
});

describe("what is no member card", () => {
    test("POS-14: a bank card is refused wherever the till is", async () => {
        const { readers, taken } = await setupReaders();
        await readers.onSwipe({ ...SWIPE, kind: "bank_card" });
        await waitFor(".o_notification:contains(This is a bank card)");
        expect(taken).toEqual([]);
    });

    test("a card that was not read is swiped again", async () => {
        const { readers } = await setupReaders();
        await readers.onSwipe({ ...SWIPE, kind: "unreadable" });
        await waitFor(".o_notification:contains(could not be read)");
    });

    test("a locked till shows nothing", async () => {
        const { readers, taken } = await setupReaders({ current: "LoginScreen" });
        for (const kind of ["card", "bank_card", "unreadable", "barcode"]) {
            await readers.onSwipe({ ...SWIPE, kind });
        }
        await animationFrame();
        expect(".o_notification").toHaveCount(0);
        expect(taken).toEqual([]);
    });
});
