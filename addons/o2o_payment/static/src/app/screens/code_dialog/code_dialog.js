import { Component, onMounted, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { useAutofocus } from "@web/core/utils/hooks";

/**
 * One box for the codes of all gateways: a scanner types into it and ends with Enter.
 *
 * The payload is the code that was scanned, or `{gateway}` when the shop shows its own.
 */
export class CodeDialog extends Component {
    static template = "o2o_payment.CodeDialog";
    static components = { Dialog };
    static props = {
        amount: String,
        loadGateways: Function,
        getPayload: Function,
        close: Function,
    };

    setup() {
        this.state = useState({ code: "", gateways: [] });
        useAutofocus({ refName: "code" });
        // nobody who scans waits for them
        onMounted(async () => (this.state.gateways = await this.props.loadGateways()));
    }

    showOurs(gateway) {
        this.props.getPayload({ gateway });
        this.props.close();
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
