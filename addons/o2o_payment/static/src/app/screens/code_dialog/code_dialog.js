import { Component, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { useAutofocus } from "@web/core/utils/hooks";

/** One box for the codes of all gateways: a scanner types into it and ends with Enter. */
export class CodeDialog extends Component {
    static template = "o2o_payment.CodeDialog";
    static components = { Dialog };
    static props = { amount: String, getPayload: Function, close: Function };

    setup() {
        this.state = useState({ code: "" });
        useAutofocus({ refName: "code" });
    }

    onKeydown(ev) {
        if (ev.key === "Enter") {
            ev.preventDefault();
            ev.stopPropagation();
            this.confirm();
        }
    }

    confirm() {
        const code = this.state.code.replace(/\s/g, "");
        if (code) {
            this.props.getPayload(code);
            this.props.close();
        }
    }
}
