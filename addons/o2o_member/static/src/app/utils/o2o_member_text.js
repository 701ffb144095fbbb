import { _t } from "@web/core/l10n/translation";

const { DateTime } = luxon;

/** A magnetic stripe, or an electronic member card: nothing a product is called. */
const MEMBER_CODE = /^([;%+].{4,}|O2OM[0-9A-Z]{32})$/i;

export function isMemberCode(text) {
    return MEMBER_CODE.test(text);
}

/** Sentinels of a stripe, or more digits than a barcode has. */
const MAYBE_BANK_CARD = /^[;%+]|^\d{15,}(?:[=D]\d*)?$/i;
/** How the numbers of card schemes begin (ISO/IEC 7812), with the older domestic cards. */
const BANK_ISSUER = /^(?:3|4|5|6|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|81[0-7]|9(?:4|55|84))/;
/** Separator, a name on track 1, then year and month. */
const EXPIRY = /^(?:[=D]|\^[^^]*\^)\d{2}(?:0[1-9]|1[0-2])/;
const YEAR_MONTH = /^\d{2}(?:0[1-9]|1[0-2])/;
const [MIN_LENGTH, MAX_LENGTH] = [13, 19];
const isBankLength = (length) => length >= MIN_LENGTH && length <= MAX_LENGTH;

/**
 * Whether a stripe, or a long number without sentinels, is that of a bank card. Such a number
 * does not leave the till; the server asks again, by the rule in `lib/bank_card.py`.
 */
export function isBankCard(text) {
    const track = text.toUpperCase().replace(/ /g, "");
    return (
        MAYBE_BANK_CARD.test(text) &&
        [...track.matchAll(/\d+/g)].some(({ 0: digits, index }) =>
            isBankNumber(digits, track.slice(index + digits.length))
        )
    );
}

function isBankNumber(digits, rest) {
    // track 3 begins with two digits that name its format
    const numbers = /^[59]9/.test(digits) ? [digits, digits.slice(2)] : [digits];
    const isWhole = numbers.some(
        (number) =>
            isBankLength(number.length) &&
            isLuhn(number) &&
            (BANK_ISSUER.test(number) || EXPIRY.test(rest))
    );
    // a reader that drops the separators: the expiry date follows at once
    const isGlued =
        digits.length > MAX_LENGTH &&
        BANK_ISSUER.test(digits) &&
        [...digits.slice(0, MAX_LENGTH + 1)].some(
            (_digit, length) =>
                isBankLength(length) &&
                isLuhn(digits.slice(0, length)) &&
                YEAR_MONTH.test(digits.slice(length))
        );
    return isWhole || isGlued;
}

export function getBankCardMessage() {
    return _t("This is a bank card. Please swipe the member card.");
}

function isLuhn(digits) {
    const sum = [...digits].reverse().reduce((total, digit, position) => {
        const value = Number(digit) * (1 + (position % 2));
        return total + (value > 9 ? value - 9 : value);
    }, 0);
    return sum % 10 === 0;
}

/** The ORM's time, UTC -> "03-09 14:05", or the hour only when it is today */
export function formatTime(value) {
    const time = DateTime.fromSQL(value || "", { zone: "utc" }).toLocal();
    return time.isValid ? formatMoment(time) : "";
}

export function formatMoment(time) {
    return time.hasSame(DateTime.now(), "day")
        ? time.toFormat("HH:mm")
        : time.toFormat("MM-dd HH:mm");
}

/** "2026-03-09" stays; the year is left out when it is this one */
export function formatDay(value) {
    const day = DateTime.fromISO(value || "");
    if (!day.isValid) {
        return "";
    }
    return day.toFormat(day.year === DateTime.now().year ? "MM-dd" : "yyyy-MM-dd");
}

export function formatSigned(points) {
    return points > 0 ? `+${points}` : `${points}`;
}

/** Why a button that needs the server cannot be used. */
export function getOfflineReason() {
    return _t("Not possible without a network");
}

export function getOfflineMessage() {
    return _t("No network: only members seen in the last 24 hours are found.");
}

export function getUnknownMessage() {
    return _t("No answer from the server. Please try again: nothing is posted twice.");
}
