import { _t } from "@web/core/l10n/translation";
import { Component } from "@odoo/owl";
import { formatSpan } from "./board_text";

/** Orders in nobody's hands, the oldest first, with what can be done about them. */
export class BoardQueue extends Component {
    static template = "o2o_order_board.BoardQueue";
    static props = {
        rows: Array,
        count: Number,
        now: Number,
        canAct: Boolean,
        busyId: { type: [Number, Boolean] },
        onAssign: Function,
        onRoute: Function,
        onCancel: Function,
        onOpen: Function,
    };

    getKind(row) {
        return {
            nobody: { text: _t("Nobody can serve it"), class: "text-bg-danger" },
            pool: { text: _t("To grab"), class: "text-bg-info" },
            choice: { text: _t("Customer chooses"), class: "text-bg-warning" },
        }[row.kind];
    }

    getSince(row) {
        return formatSpan(this.props.now - row.since_at);
    }

    getUntil(row) {
        return row.until_at > this.props.now
            ? _t("another %s", formatSpan(row.until_at - this.props.now))
            : "";
    }

    get cutText() {
        return _t("The oldest %s are shown.", this.props.rows.length);
    }
}
