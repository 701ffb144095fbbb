import { Component, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { useAutofocus } from "@web/core/utils/hooks";
import { useHeldOpen } from "@o2o_member/app/hooks/o2o_held_open";

const PIN_LENGTH = 6;
const PIN_STATUSES = ["pin_needed", "pin_wrong"];

/**
 * Who pays from a wallet: the member's code is scanned, or the member enters the payment PIN.
 *
 * The server says which of them it needs. The PIN is gone from the screen with each answer. Who
 * closes the dialog while the wallet is asked waits: money may be set aside.
 */
export class O2oWalletDialog extends Component {
    static template = "o2o_wallet.O2oWalletDialog";
    static components = { Dialog };
    static props = {
        amount: String,
        /** `{id, name}` of the customer of the order, or false */
        partner: [Object, { value: false }],
        /** Asks the server: `(who) => Promise<answer>`. */
        authorise: Function,
        getPayload: Function,
        close: Function,
    };

    setup() {
        this.holdOpen = useHeldOpen();
        this.state = useState({
            code: "",
            pin: "",
            error: "",
            isSending: false,
            partner: this.props.partner,
            needsPin: Boolean(this.props.partner),
        });
        useAutofocus({ refName: "code" });
        useAutofocus({ refName: "pin" });
    }

    get canSend() {
        const { code, isSending, needsPin, pin } = this.state;
        return !isSending && Boolean(code.trim() || (needsPin && pin.length === PIN_LENGTH));
    }

    onPinInput(ev) {
        this.state.pin = ev.target.value.replace(/\D/g, "").slice(0, PIN_LENGTH);
        ev.target.value = this.state.pin;
    }

    onKeydown(ev) {
        if (ev.key === "Enter") {
            ev.preventDefault();
            this.send();
        }
    }

    async send() {
        if (!this.canSend) {
            return;
        }
        const { code, partner, pin } = this.state;
        const who = code.trim()
            ? { code: code.trim(), pin }
            : { partner_id: partner && partner.id, pin };
        this.state.isSending = true;
        this.state.error = "";
        const answer = await this.holdOpen(this.props.authorise(who));
        this.state.isSending = false;
        this.state.code = "";
        this.state.pin = "";
        if (["ok", "unknown"].includes(answer.status)) {
            this.props.getPayload(answer);
            this.props.close();
            return;
        }
        this.state.error = answer.message;
        this.state.partner = answer.partner || this.state.partner;
        if (PIN_STATUSES.includes(answer.status)) {
            this.state.needsPin = true;
        }
    }
}
