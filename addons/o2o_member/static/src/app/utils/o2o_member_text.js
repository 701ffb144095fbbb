import { _t } from "@web/core/l10n/translation";

const { DateTime } = luxon;

/** A magnetic stripe, or an electronic member card: nothing a product is called. */
const MEMBER_CODE = /^([;%+].{4,}|O2OM[0-9A-Z]{32})$/i;

export function isMemberCode(text) {
    return MEMBER_CODE.test(text);
}

/**
 * Whether a stripe holds the number of a bank card. Such a number does not leave the till; the
 * server asks again.
 */
export function isBankTrack(text) {
    return (
        /^[;%+]/.test(text) &&
        (text.replace(/\s/g, "").match(/\d{13,}/g) || []).some(
            (number) => number.length <= 19 && isLuhn(number)
        )
    );
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
