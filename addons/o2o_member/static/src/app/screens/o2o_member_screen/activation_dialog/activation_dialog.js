import { Component, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { useAutofocus, useService } from "@web/core/utils/hooks";
import { _t } from "@web/core/l10n/translation";

/** Make the customer at the counter a member: four fields, Enter leads through (CARD-03). */
export class O2oActivationDialog extends Component {
    static template = "o2o_member.O2oActivationDialog";
    static components = { Dialog };
    static props = {
        /** the card of a contact who gets a member card, or null */
        partner: { type: [Object, { value: null }] },
        onActivated: Function,
        close: Function,
    };

    setup() {
        this.members = useService("o2o_members");
        this.notification = useService("notification");
        this.state = useState({
            values: { name: "", phone: "", number: "", code: "" },
            errors: {},
            rows: [],
            isSending: false,
        });
        useAutofocus({ refName: this.props.partner ? "number" : "name" });
    }

    get title() {
        const { partner } = this.props;
        return partner ? _t("Activate a card for %s", partner.name) : _t("Activate a card");
    }

    get fields() {
        const contact = [
            { name: "name", label: _t("Name"), mode: "text", length: 64 },
            { name: "phone", label: _t("Mobile number"), mode: "tel", length: 20 },
        ];
        const card = [
            { name: "number", label: _t("Card number"), mode: "text", length: 64 },
            { name: "code", label: _t("6 digits on the back"), mode: "numeric", length: 12 },
        ];
        return this.props.partner ? card : [...contact, ...card];
    }

    onKeydown(ev, index) {
        if (ev.key !== "Enter") {
            return;
        }
        ev.preventDefault();
        const inputs = [...ev.target.closest(".o_o2o_activation").querySelectorAll("input")];
        if (index + 1 < inputs.length) {
            inputs[index + 1].focus();
        } else {
            this.send(this.props.partner?.id);
        }
    }

    /** A swipe types the frame of the stripe around the number. */
    onInput(field, ev) {
        const match = field.name === "number" && ev.target.value.match(/^[;%+]B?([0-9A-Z]+)\?/i);
        if (match) {
            ev.target.value = match[1];
        }
        this.state.values[field.name] = ev.target.value;
        delete this.state.errors[field.name];
    }

    /** @param {number} [partnerId] whom the card is for; 0: a new contact in any case */
    async send(partnerId) {
        if (this.state.isSending) {
            return;
        }
        this.state.isSending = true;
        const values = { ...this.state.values };
        if (partnerId !== undefined) {
            values.partner_id = partnerId;
        }
        const answer = await this.members.activate(values);
        this.state.isSending = false;
        this.state.rows = answer.status === "exists" ? answer.rows : [];
        this.state.errors = answer.errors || {};
        if (answer.status === "ok") {
            this.notification.add(_t("%s is a member now.", answer.card.name), {
                type: "success",
            });
            this.props.onActivated(answer.card);
            this.props.close();
        } else if (answer.message) {
            this.state.errors = { form: answer.message };
        }
    }
}
