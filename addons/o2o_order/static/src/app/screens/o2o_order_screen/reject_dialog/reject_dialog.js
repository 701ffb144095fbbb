import { Component, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { O2oStepper } from "@o2o_order/app/components/o2o_stepper/o2o_stepper";
import { formatQuantity } from "@o2o_order/app/utils/o2o_text";
import { _t } from "@web/core/l10n/translation";

/**
 * Why the store cannot take the order, and what that puts right (ROUT-08, idea 2).
 *
 * One tap, unless the reason asks for more: a call to the customer, a count of the shelf, or
 * a word of explanation.
 */
export class O2oRejectDialog extends Component {
    static template = "o2o_order.O2oRejectDialog";
    static components = { Dialog, O2oStepper };
    static props = {
        orderName: String,
        reasons: Array,
        lines: { type: Array, optional: true },
        customerName: { type: String, optional: true },
        phone: { type: String, optional: true },
        isPickup: { type: Boolean, optional: true },
        getPayload: Function,
        close: Function,
    };
    static defaultProps = { lines: [], customerName: "", phone: "" };

    setup() {
        this.state = useState({ reason: null, note: "", step: "reason", counts: {} });
    }

    get title() {
        return {
            reason: _t("Why can the store not take it?"),
            call: _t("Call the customer first"),
            count: _t("How many are really on the shelf?"),
        }[this.state.step];
    }

    get explanation() {
        return _t("%s moves on to another store at once.", this.props.orderName);
    }

    /** One article on several lines is counted once. */
    get articles() {
        const articles = new Map();
        for (const line of this.props.lines) {
            const known = articles.get(line.product_id);
            articles.set(line.product_id, {
                ...line,
                quantity: line.quantity + (known?.quantity || 0),
            });
        }
        return [...articles.values()];
    }

    get needsNote() {
        return Boolean(this.state.reason?.needs_note);
    }

    get canConfirm() {
        if (this.state.step === "count") {
            return Object.values(this.state.counts).some((count) => count !== null);
        }
        return Boolean(this.state.reason && (!this.needsNote || this.state.note.trim()));
    }

    getReasonClass(reason) {
        return this.state.reason?.id === reason.id ? "btn-primary" : "btn-secondary";
    }

    /** What the reason does besides, in a few words on its button. */
    getEffect(reason) {
        if (reason.stock_effect === "count") {
            return _t("count the goods");
        }
        if (reason.closes_today) {
            return _t("no more orders today");
        }
        return reason.pause_minutes ? _t("no new orders for %s minutes", reason.pause_minutes) : "";
    }

    formatQuantity(line) {
        return `${formatQuantity(line.quantity)} ${line.uom || ""}`.trim();
    }

    getCount(line) {
        return this.state.counts[line.product_id] ?? null;
    }

    setCount(line, count) {
        this.state.counts[line.product_id] = count;
    }

    choose(reason) {
        Object.assign(this.state, { reason, counts: {} });
        this.next(reason.calls_customer && this.props.phone ? "call" : "");
    }

    /** From the reason to the call, to the count, to the note, as far as it asks for them. */
    next(step) {
        const { reason } = this.state;
        if (step) {
            this.state.step = step;
        } else if (reason.stock_effect === "count" && this.props.lines.length) {
            this.state.step = "count";
            if (this.articles.length === 1) {
                this.setCount(this.articles[0], 0);
            }
        } else if (reason.needs_note) {
            this.state.step = "reason";
        } else {
            this.answer();
        }
    }

    confirm() {
        this.answer();
    }

    answer() {
        const { reason, note, counts } = this.state;
        const payload = { reason_id: reason.id, note: note.trim() };
        const counted = Object.entries(counts).filter(([, count]) => count !== null);
        if (counted.length) {
            payload.counts = Object.fromEntries(counted);
        }
        this.props.getPayload(payload);
        this.props.close();
    }
}
