import { Component } from "@odoo/owl";

/** A quantity changed by thumb: minus, the number, plus. Empty means "not said". */
export class O2oStepper extends Component {
    static template = "o2o_order.O2oStepper";
    static props = {
        value: { type: [Number, { value: null }] },
        max: { type: Number, optional: true },
        label: { type: String, optional: true },
        onChange: Function,
    };

    get text() {
        return this.props.value === null ? "" : String(this.props.value);
    }

    get max() {
        return this.props.max ?? Infinity;
    }

    step(by) {
        this.set((this.props.value ?? 0) + by);
    }

    onInput(ev) {
        const text = ev.target.value.replace(",", ".").trim();
        const number = Number(text);
        if (text === "") {
            this.props.onChange(null);
        } else if (Number.isFinite(number)) {
            this.set(number);
        }
        ev.target.value = this.text;
    }

    set(value) {
        this.props.onChange(Math.min(Math.max(value, 0), this.max));
    }
}
