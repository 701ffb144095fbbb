import { Component, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";

/** Why the store cannot take the order: one tap, or a tap and a word of explanation. */
export class O2oRejectDialog extends Component {
    static template = "o2o_order.O2oRejectDialog";
    static components = { Dialog };
    static props = {
        orderName: String,
        reasons: Array,
        getPayload: Function,
        close: Function,
    };

    setup() {
        this.state = useState({ reason: null, note: "" });
    }

    get explanation() {
        return _t("%s moves on to another store at once.", this.props.orderName);
    }

    get canConfirm() {
        return Boolean(this.state.reason && this.state.note.trim());
    }

    getReasonClass(reason) {
        return this.state.reason?.id === reason.id ? "btn-primary" : "btn-secondary";
    }

    choose(reason) {
        if (reason.needs_note) {
            this.state.reason = reason;
        } else {
            this.answer(reason, "");
        }
    }

    confirm() {
        this.answer(this.state.reason, this.state.note.trim());
    }

    answer(reason, note) {
        this.props.getPayload({ reason_id: reason.id, note });
        this.props.close();
    }
}
