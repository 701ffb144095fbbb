import { describe, expect, test } from "@odoo/hoot";
import { mockDate } from "@odoo/hoot-mock";
import { allowTranslations } from "@web/../tests/web_test_helpers";
import {
    describeProduct,
    describePromise,
    formatUntil,
    getClaimLines,
} from "@o2o_stock/app/utils/o2o_promises";

const HELD = { owner: "S00012", quantity: 2, until: "2026-01-05 10:42:00" };

describe("what a cashier reads (idea 4)", () => {
    test("the time is the store's own, with the day when it is another", () => {
        mockDate("2026-01-05 10:30:00", +8);
        expect(formatUntil("2026-01-05 10:42:00")).toBe("18:42");
        expect(formatUntil("2026-01-06 10:42:00")).toBe("01-06 18:42");
        expect(formatUntil(false)).toBe("");
    });

    test("whom the pieces are kept for", () => {
        allowTranslations();
        mockDate("2026-01-05 10:30:00", +8);
        expect(describePromise(HELD)).toBe("2 held until 18:42 for order S00012");
        expect(describePromise({ owner: "S00013", quantity: 1, until: false })).toBe(
            "1 sold to order S00013, waiting to be prepared"
        );
        expect(describeProduct({ name: "Baijiu", free: 1, promises: [HELD, HELD] })).toBe(
            "Baijiu: 1 free. 2 held until 18:42 for order S00012 (and 1 more)"
        );
    });

    test("a basket asks for what leaves the store, each product once", () => {
        const product = (id, isStorable) => ({
            id,
            product_tmpl_id: { is_storable: isStorable },
        });
        const lines = [
            { qty: 2, product_id: product(1, true) },
            { qty: 1, product_id: product(1, true) },
            { qty: -1, product_id: product(2, true) },
            { qty: 1, product_id: product(3, false) },
        ];
        expect(getClaimLines({ lines })).toEqual([[1, 3]]);
        const settled = { qty: 2, product_id: product(1, true), sale_order_line_id: { id: 7 } };
        expect(getClaimLines({ lines: [...lines, settled, settled] })).toEqual([
            [1, 3],
            [1, 4, 7],
        ]);
    });
});
