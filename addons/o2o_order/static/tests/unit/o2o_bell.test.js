import { describe, expect, test } from "@odoo/hoot";
import { advanceTime, tick } from "@odoo/hoot-mock";
import { O2oBell, REPEAT_MS, SIGNALS } from "@o2o_order/app/utils/o2o_bell";
import { localization } from "@web/core/l10n/localization";
import { allowTranslations, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { FakePlayer, FakeSpeaker, makeOrder } from "./utils";

function makeBell() {
    allowTranslations();
    patchWithCleanup(localization, { decimalPoint: ".", grouping: [3, 0], thousandsSep: "," });
    const player = new FakePlayer();
    const speaker = new FakeSpeaker();
    const states = [];
    const bell = new O2oBell({ player, speaker, onChange: (state) => states.push(state) });
    return { bell, player, speaker, states };
}

describe("the bell (idea 1, POS-01)", () => {
    test("loops and speaks while an order waits, and stops at once", async () => {
        const { bell, player, speaker } = makeBell();
        bell.update([makeOrder({ delivery_kind: "pickup" })]);
        await tick();
        expect(bell.isRinging).toBe(true);
        expect(player.isPlaying("new_order")).toBe(true);
        expect(speaker.said).toEqual(["You have a new pick-up order, 3 items"]);

        bell.update([]);
        expect(bell.isRinging).toBe(false);
        expect(player.isPlaying("new_order")).toBe(false);
    });

    test("does not ring for an empty board", async () => {
        const { bell, player, speaker } = makeBell();
        bell.update([]);
        await advanceTime(2 * REPEAT_MS + 100);
        expect(player.played).toEqual([]);
        expect(speaker.said).toEqual([]);
    });

    test("repeats the words until a person answers, not after", async () => {
        const { bell, speaker } = makeBell();
        bell.update([makeOrder({ item_count: 1 })]);
        await advanceTime(2 * REPEAT_MS + 100);
        expect(speaker.said).toEqual(Array(3).fill("You have a new delivery order, one item"));
        bell.update([]);
        await advanceTime(2 * REPEAT_MS + 100);
        expect(speaker.said).toHaveLength(3);
    });

    test("the same board again does not speak again; one more order does", async () => {
        const { bell, player, speaker } = makeBell();
        bell.update([makeOrder({ id: 1 })]);
        bell.update([makeOrder({ id: 1 })]);
        expect(speaker.said).toHaveLength(1);
        bell.update([makeOrder({ id: 1 }), makeOrder({ id: 2 })]);
        expect(speaker.said[1]).toBe("2 online orders are waiting for your answer");
        await tick();
        expect(player.played).toEqual(["new_order"]);
    });

    test("goes on for the other order when one is answered", () => {
        const { bell, speaker } = makeBell();
        bell.update([makeOrder({ id: 1 }), makeOrder({ id: 2 })]);
        bell.update([makeOrder({ id: 2 })]);
        expect(bell.isRinging).toBe(true);
        expect(speaker.said).toHaveLength(1);
    });

    test("an answer during the start of the sound leaves no sound behind", async () => {
        const { bell, player } = makeBell();
        bell.update([makeOrder()]);
        bell.update([]);
        await tick();
        expect(player.isPlaying("new_order")).toBe(false);
    });
});

describe("a browser that refuses sound", () => {
    test("is noticed at the start, before any order comes", async () => {
        const { bell, player, states } = makeBell();
        player.isRefused = true;
        await bell.start();
        expect(bell.isBlocked).toBe(true);
        expect(states.at(-1)).toEqual({ isRinging: false, isBlocked: true });
    });

    test("rings at the first tap when an order waits", async () => {
        const { bell, player, speaker } = makeBell();
        player.isRefused = true;
        bell.update([makeOrder()]);
        await tick();
        expect(bell.isBlocked).toBe(true);

        player.isRefused = false;
        await bell.unlock();
        expect(bell.isBlocked).toBe(false);
        expect(player.isPlaying("new_order")).toBe(true);
        expect(speaker.said).toHaveLength(2);
    });

    test("stays silent at a tap when no order waits", async () => {
        const { bell, player } = makeBell();
        player.isRefused = true;
        await bell.start();
        player.isRefused = false;
        await bell.unlock();
        expect(bell.isBlocked).toBe(false);
        expect(player.played).toEqual(["silence"]);
    });

    test("a sound the device has stopped comes back with the next words", async () => {
        const { bell, player } = makeBell();
        bell.update([makeOrder()]);
        await tick();
        player.stop("new_order");
        await advanceTime(REPEAT_MS + 100);
        expect(player.isPlaying("new_order")).toBe(true);
    });

    test("stopping a sound before it began is no refusal", async () => {
        const { bell, player } = makeBell();
        player.play = () => Promise.reject(new DOMException("", "AbortError"));
        bell.update([makeOrder()]);
        await tick();
        expect(bell.isBlocked).toBe(false);
    });
});

describe("other sounds", () => {
    test("a cancelled order sounds once, and different", async () => {
        const { bell, player, speaker } = makeBell();
        await bell.signalCancelled();
        expect(player.played).toEqual(["cancelled"]);
        expect(speaker.said).toEqual(["An online order has been cancelled"]);
        expect(bell.isRinging).toBe(false);
    });

    test("each kind of news has a sound of its own, heard once", async () => {
        const { bell, player, speaker } = makeBell();
        for (const signal of SIGNALS) {
            await bell.signal(signal);
        }
        await advanceTime(2 * REPEAT_MS + 100);
        expect(player.played).toEqual(["cancelled", "changed", "urged", "pool"]);
        expect(new Set(speaker.said).size).toBe(4);
        expect(bell.isRinging).toBe(false);
    });

    test("a signal does not talk over the bell, nor from a till without sound", async () => {
        const { bell, player, speaker } = makeBell();
        bell.update([makeOrder()]);
        await tick();
        await bell.signal("urged");
        expect(speaker.said).toHaveLength(1);
        bell.update([]);
        player.isRefused = true;
        await bell.signal("urged");
        expect(speaker.said).toHaveLength(1);
        expect(bell.soundState).toBe("blocked");
    });

    test("what the server is told: not known, on, blocked", async () => {
        const { bell, player } = makeBell();
        expect(bell.soundState).toBe("unknown");
        await bell.start();
        expect(bell.soundState).toBe("allowed");
        player.isRefused = true;
        await bell.start();
        expect(bell.soundState).toBe("blocked");
    });

    test("the test is one stroke of the real bell", async () => {
        const { bell, player, speaker } = makeBell();
        await bell.test();
        expect(player.played).toEqual(["new_order"]);
        expect(player.isPlaying("new_order")).toBe(false);
        expect(speaker.said).toHaveLength(1);
    });

    test("the test shows a till without sound", async () => {
        const { bell, player, speaker } = makeBell();
        player.isRefused = true;
        await bell.test();
        expect(bell.isBlocked).toBe(true);
        expect(speaker.said).toEqual([]);
    });
});
