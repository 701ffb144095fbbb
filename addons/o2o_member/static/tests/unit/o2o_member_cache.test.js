import { describe, expect, test } from "@odoo/hoot";
import { advanceTime } from "@odoo/hoot-mock";
import { MAX_AGE_MS, MAX_CARDS, O2oMemberCache } from "@o2o_member/app/utils/o2o_member_cache";
import { isBankCard, isMemberCode } from "@o2o_member/app/utils/o2o_member_text";
import { makeCard } from "./utils";

class FakeStorage {
    values = {};
    getItem(key) {
        return this.values[key] ?? null;
    }
    setItem(key, value) {
        if (this.isFull) {
            throw new DOMException("full", "QuotaExceededError");
        }
        this.values[key] = value;
    }
    removeItem(key) {
        delete this.values[key];
    }
}

function makeCache() {
    const storage = new FakeStorage();
    return { storage, cache: new O2oMemberCache(storage, "cards") };
}

describe("cache", () => {
    test("keeps no whole phone number and no note", () => {
        const { storage, cache } = makeCache();
        cache.put(makeCard({ phone: "138 0013 8001", note: "secret" }));
        expect(cache.get(3).card.phone).toBe("138****8001");
        expect(storage.values.cards.includes("13800138001")).toBe(false);
        expect(storage.values.cards.includes("138 0013 8001")).toBe(false);
        expect(storage.values.cards.includes("secret")).toBe(false);
    });

    test("keeps the latest 200, each once", () => {
        const { cache } = makeCache();
        for (let id = 1; id <= MAX_CARDS + 5; id++) {
            cache.put(makeCard({ id }));
        }
        cache.put(makeCard({ id: 100, name: "Again" }));
        expect(cache.entries()).toHaveLength(MAX_CARDS);
        expect(cache.get(1)).toBe(undefined);
        expect(cache.entries()[0].card.name).toBe("Again");
        expect(cache.entries().filter(({ card }) => card.id === 100)).toHaveLength(1);
    });

    test("forgets after 24 hours, on the disk too", async () => {
        const { storage, cache } = makeCache();
        cache.put(makeCard());
        await advanceTime(MAX_AGE_MS - 1000);
        expect(cache.entries()).toHaveLength(1);
        await advanceTime(2000);
        expect(cache.entries()).toHaveLength(0);
        expect(storage.values.cards).toBe("[]");
    });

    test("finds by the keys that work without a server", () => {
        const { cache } = makeCache();
        cache.put(makeCard());
        cache.put(makeCard({ id: 4, name: "Li Lei", pinyin: "ll lilei", card: false, phone: "" }));
        const ids = (query) => cache.search(query).map(({ card }) => card.id);
        for (const query of ["0101", "88000101", ";88000101?", "8001", "13800138001", "cx"]) {
            expect(ids(query)).toEqual([3]);
        }
        expect(ids("chenxiao")).toEqual([3]);
        expect(ids("li lei")).toEqual([4]);
        for (const query of ["", "c", "101", "13900138001", "zz"]) {
            expect(ids(query)).toEqual([]);
        }
    });

    test("a broken or full storage is no trouble", () => {
        const { storage, cache } = makeCache();
        storage.values.cards = "{broken";
        expect(cache.entries()).toEqual([]);
        storage.isFull = true;
        cache.put(makeCard());
        expect(cache.entries()).toEqual([]);
    });
});

describe("texts", () => {
    test("POS-14: bank cards are told by their number", () => {
        for (const text of [
            ";4111111111111111=25121010000?",
            "%B4111 1111 1111 1111^CHEN^2512?",
            ";4111111111111111?",
            "+994111111111111111=156?",
            ";41111111111111112512101?",
            // an issuer nobody knows, with an expiry date
            ";1000000000000008=3012?",
            // a reader set to send digits only
            "4111111111111111",
            "4111111111111111=2512",
        ]) {
            expect(isBankCard(text)).toBe(true, { message: text });
        }
    });

    test("POS-14: cards of the shop, phones and goods are not", () => {
        for (const text of [
            ";88000101?",
            // with a check digit by chance, and without an expiry date
            ";8800000000000005?",
            ";4111111111111112=2512?",
            "13800138001",
            "6901234567892",
            "4006381333931",
        ]) {
            expect(isBankCard(text)).toBe(false, { message: text });
        }
    });

    test("swipes and electronic cards are no products", () => {
        expect(isMemberCode(";88000101?")).toBe(true);
        expect(isMemberCode("O2OMABCDEFGHIJKLMNOPQRSTUVWXYZ234567")).toBe(true);
        expect(isMemberCode("6901234567892")).toBe(false);
    });
});
