/** The words of the board. */

import { _t } from "@web/core/l10n/translation";
import { splitSpan } from "./board_state";

/** A span of time as people say it; seconds only in the first minutes. */
export function formatSpan(milliseconds) {
    const { days, hours, minutes, seconds } = splitSpan(milliseconds);
    if (days) {
        return _t("%(days)s d %(hours)s h", { days, hours });
    }
    if (hours) {
        return _t("%(hours)s h %(minutes)s min", { hours, minutes });
    }
    if (minutes >= 10) {
        return _t("%(minutes)s min", { minutes });
    }
    const two = String(seconds).padStart(2, "0");
    return `${minutes}:${two}`;
}

/** Why a store has its colour; see `judge`. */
export function getReasonText(reason) {
    return {
        unanswered: _t("Does not answer"),
        overdue: _t("Preparing takes too long"),
        unheard: _t("Orders wait, no till rings"),
        hurry: _t("Half of the time is over"),
        waiting: _t("Orders wait for an answer"),
        working: _t("Preparing"),
        silent: _t("No till open"),
        paused: _t("Paused"),
        closed: _t("Closed"),
        calm: _t("All quiet"),
    }[reason];
}

export function getFilterText(filter) {
    return {
        all: _t("All stores"),
        late: _t("Late"),
        waiting: _t("Waiting"),
        silent: _t("No till rings"),
        rest: _t("Paused or closed"),
    }[filter];
}
