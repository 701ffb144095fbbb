import { describe, expect, test } from "@odoo/hoot";
import { mockDate } from "@odoo/hoot-mock";
import { localization } from "@web/core/l10n/localization";
import { user } from "@web/core/user";
import {
    allowTranslations,
    patchTranslations,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { sayCount, sayNumber, sayTime } from "@o2o_order/app/utils/o2o_spoken";
import { getAnnouncement } from "@o2o_order/app/utils/o2o_text";
import { makeOrder } from "./utils";

const { DateTime } = luxon;

const at = (hour, minute) => DateTime.local(2026, 1, 5, hour, minute);

function speakChinese() {
    patchWithCleanup(user, { lang: "zh-CN" });
}

describe("numbers in words (idea 1)", () => {
    test("as a Chinese voice says them", () => {
        const said = {
            0: "零",
            1: "一",
            2: "二",
            10: "十",
            12: "十二",
            20: "二十",
            99: "九十九",
            100: "一百",
            101: "一百零一",
            110: "一百一十",
            1005: "一千零五",
            1050: "一千零五十",
            10000: "一万",
            10010: "一万零一十",
            20300: "两万零三百",
            123456: "十二万三千四百五十六",
            1.5: "一点五",
            0.25: "零点二五",
        };
        for (const [number, words] of Object.entries(said)) {
            expect(sayNumber(Number(number))).toBe(words);
        }
    });

    test("two of something is 两", () => {
        expect(sayNumber(2, { counted: true })).toBe("两");
        expect(sayNumber(12, { counted: true })).toBe("十二");
    });

    test("in other languages digits are said well enough", () => {
        patchWithCleanup(localization, { decimalPoint: ".", grouping: [3, 0], thousandsSep: "," });
        patchWithCleanup(user, { lang: "en-US" });
        expect(sayCount(3)).toBe("3");
        expect(sayTime(at(18, 5))).toBe("18:05");
    });

    test("times of day", () => {
        speakChinese();
        const said = [
            [18, 30, "十八点三十分"],
            [18, 0, "十八点"],
            [9, 5, "九点零五分"],
            [2, 15, "两点十五分"],
            [12, 2, "十二点零二分"],
            [0, 0, "零点"],
        ];
        for (const [hour, minute, words] of said) {
            expect(sayTime(at(hour, minute))).toBe(words);
        }
    });
});

describe("announcement", () => {
    const CHINESE = {
        "You have a new pick-up order, %(pieces)s, %(time)s":
            "您有新的自提订单，%(pieces)s，%(time)s",
        "You have a new pick-up order, %(pieces)s": "您有新的自提订单，%(pieces)s",
        "You have a new delivery order, %(pieces)s, %(time)s":
            "您有新的配送订单，%(pieces)s，%(time)s",
        "%(count)s items": "%(count)s件",
        "one item": "一件",
        "on %(month)s/%(day)s at %(time)s": "%(month)s月%(day)s日%(time)s",
        "%s online orders are waiting for your answer": "您有%s个网上订单等待受理",
    };

    function setup() {
        mockDate("2026-01-05 10:00:00", +8);
        patchTranslations({ o2o_order: CHINESE });
        speakChinese();
    }

    test("kind, pieces and the time of a pick-up, in Chinese words", () => {
        setup();
        const order = makeOrder({ delivery_kind: "pickup", wanted_at: "2026-01-05 10:30:00" });
        expect(String(getAnnouncement([order]))).toBe("您有新的自提订单，三件，十八点三十分");
    });

    test("without a time no time is said; one piece is one", () => {
        setup();
        const order = makeOrder({ delivery_kind: "pickup", item_count: 1 });
        expect(String(getAnnouncement([order]))).toBe("您有新的自提订单，一件");
    });

    test("a wish for another day names the day", () => {
        setup();
        const order = makeOrder({ item_count: 2, wanted_at: "2026-01-12 06:00:00" });
        expect(String(getAnnouncement([order]))).toBe("您有新的配送订单，两件，一月十二日十四点");
    });

    test("several orders are counted in words", () => {
        setup();
        expect(String(getAnnouncement([makeOrder({ id: 1 }), makeOrder({ id: 2 })]))).toBe(
            "您有两个网上订单等待受理"
        );
    });

    test("in English", () => {
        allowTranslations();
        mockDate("2026-01-05 10:00:00", +0);
        patchWithCleanup(localization, { decimalPoint: ".", grouping: [3, 0], thousandsSep: "," });
        patchWithCleanup(user, { lang: "en-US" });
        const order = makeOrder({ delivery_kind: "pickup", wanted_at: "2026-01-05 18:30:00" });
        expect(String(getAnnouncement([order]))).toBe(
            "You have a new pick-up order, 3 items, 18:30"
        );
    });
});
