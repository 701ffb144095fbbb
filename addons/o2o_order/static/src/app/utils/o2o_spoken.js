import { user } from "@web/core/user";
import { formatFloat } from "@web/core/utils/numbers";

const DIGITS = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
const UNITS = ["", "十", "百", "千"];

export function isChinese() {
    return (user.lang || "").toLowerCase().startsWith("zh");
}

/** 0 to 9999 as Chinese words: 12 -> 十二, 105 -> 一百零五, 110 -> 一百一十 */
function sayBelowTenThousand(number) {
    let text = "";
    let hasGap = false;
    for (let power = 3; power >= 0; power--) {
        const digit = Math.floor(number / 10 ** power) % 10;
        if (digit) {
            text += (hasGap && text ? "零" : "") + DIGITS[digit] + UNITS[power];
            hasGap = false;
        } else {
            hasGap = true;
        }
    }
    // ten to nineteen: 十二, not 一十二
    return text.replace(/^一十/, "十");
}

/**
 * A number as a Chinese voice says it.
 *
 * @param {number} number
 * @param {{counted?: boolean}} [options] counted: before a measure word two is 两, not 二
 */
export function sayNumber(number, { counted = false } = {}) {
    const whole = Math.floor(number);
    const fraction = String(Number((number - whole).toFixed(3))).split(".")[1] || "";
    if (counted && number === 2) {
        return "两";
    }
    let text;
    if (whole >= 100000000) {
        return String(number);
    }
    if (whole >= 10000) {
        const rest = whole % 10000;
        const myriads = Math.floor(whole / 10000);
        text = (myriads === 2 ? "两" : sayBelowTenThousand(myriads)) + "万";
        if (rest) {
            const words = sayBelowTenThousand(rest);
            text += (rest < 1000 ? "零" : "") + (/^十/.test(words) ? `一${words}` : words);
        }
    } else {
        text = whole ? sayBelowTenThousand(whole) : "零";
    }
    return fraction ? `${text}点${[...fraction].map((digit) => DIGITS[digit]).join("")}` : text;
}

/** A count of goods: words for a Chinese voice, digits for others. */
export function sayCount(number) {
    return isChinese()
        ? sayNumber(number, { counted: true })
        : formatFloat(number, { digits: [false, 3], trailingZeros: false });
}

/** A number that counts nothing, such as a day of a month. */
export function sayPlain(number) {
    return isChinese() ? sayNumber(number) : String(number);
}

/**
 * A time of day: 18:30 -> 十八点三十分, 18:00 -> 十八点, 9:05 -> 九点零五分
 *
 * @param {luxon.DateTime} time
 */
export function sayTime(time) {
    if (!isChinese()) {
        return time.toFormat("HH:mm");
    }
    const hour = `${sayNumber(time.hour, { counted: true })}点`;
    if (!time.minute) {
        return hour;
    }
    return `${hour}${time.minute < 10 ? "零" : ""}${sayNumber(time.minute)}分`;
}
