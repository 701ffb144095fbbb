import { Component, onWillStart, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { useAutofocus, useService } from "@web/core/utils/hooks";
import { usePos } from "@point_of_sale/app/hooks/pos_hook";
import { O2oPointsSlip } from "@o2o_member/app/screens/o2o_member_screen/points_slip/points_slip";
import { useHeldOpen } from "@o2o_member/app/hooks/o2o_held_open";
import { formatSigned } from "@o2o_member/app/utils/o2o_member_text";
import { _t } from "@web/core/l10n/translation";

const PIN_STATUSES = ["pin_needed", "pin_wrong", "pin_locked"];
const PIN_LENGTH = 6;

/**
 * Add or deduct points, with a reason; above the cashier's limit a supervisor enters the PIN
 * (PTS-08). Whatever is repeated without an answer is posted once.
 */
export class O2oPointsDialog extends Component {
    static template = "o2o_member.O2oPointsDialog";
    static components = { Dialog };
    static props = {
        card: Object,
        /** "add" | "deduct" */
        direction: String,
        close: Function,
    };

    setup() {
        this.pos = usePos();
        this.printer = useService("printer");
        this.notification = useService("notification");
        this.members = useService("o2o_members");
        this.holdOpen = useHeldOpen();
        this.form = { reasons: [], supervisors: [], limits: {} };
        this.state = useState({
            points: "",
            reasonId: false,
            note: "",
            /** "form" | "pin" | "done" */
            step: "form",
            supervisorId: false,
            pin: "",
            error: "",
            isSending: false,
            slip: null,
        });
        useAutofocus({ refName: "points" });
        useAutofocus({ refName: "pin" });
        onWillStart(async () => {
            const answer = await this.members.getPointsForm();
            if (answer.status === "ok") {
                this.form = answer;
                this.state.supervisorId = answer.supervisors[0]?.id || false;
            } else {
                this.state.error = answer.message;
            }
        });
    }

    get isAdding() {
        return this.props.direction === "add";
    }

    get title() {
        const { name } = this.props.card;
        return this.isAdding ? _t("Add points to %s", name) : _t("Deduct points from %s", name);
    }

    get reasons() {
        return this.form.reasons.filter(({ use }) => ["both", this.props.direction].includes(use));
    }

    get reason() {
        return this.reasons.find(({ id }) => id === this.state.reasonId);
    }

    get points() {
        const text = String(this.state.points).trim();
        return /^\d{1,7}$/.test(text) ? Number(text) : 0;
    }

    get signedPoints() {
        return this.isAdding ? this.points : -this.points;
    }

    /** As the server said last, which may be later than the dialog. */
    get available() {
        const card = this.members.getCard(this.props.card.id) || this.props.card;
        return card.points.available;
    }

    get balanceAfter() {
        return this.available + this.signedPoints;
    }

    get isTooMuch() {
        return !this.isAdding && this.balanceAfter < 0;
    }

    get needsSupervisor() {
        return Object.values(this.form.limits).some(
            (limit) => limit !== null && this.points > limit
        );
    }

    get canContinue() {
        return Boolean(
            this.points &&
                this.reason &&
                !this.isTooMuch &&
                !this.state.isSending &&
                (!this.reason.needs_note || this.state.note.trim())
        );
    }

    get canApprove() {
        return Boolean(
            this.state.supervisorId && this.state.pin.length === PIN_LENGTH && !this.state.isSending
        );
    }

    get confirmLabel() {
        if (this.needsSupervisor) {
            return _t("Ask a supervisor");
        }
        return this.isAdding ? _t("Add points") : _t("Deduct points");
    }

    get summary() {
        return _t("%(points)s points, %(balance)s afterwards", {
            points: formatSigned(this.signedPoints),
            balance: this.balanceAfter,
        });
    }

    get doneSummary() {
        const { points, balance } = this.state.slip;
        return _t("%(points)s points, %(balance)s now", { points: formatSigned(points), balance });
    }

    getReasonClass(reason) {
        return reason.id === this.state.reasonId ? "btn-primary" : "btn-secondary";
    }

    choose(reason) {
        this.state.reasonId = reason.id;
    }

    onPinInput(ev) {
        this.state.pin = ev.target.value.replace(/\D/g, "").slice(0, PIN_LENGTH);
        ev.target.value = this.state.pin;
    }

    onKeydown(ev, action) {
        if (ev.key === "Enter") {
            ev.preventDefault();
            action.call(this);
        }
    }

    confirm() {
        if (!this.canContinue) {
            return;
        }
        if (this.needsSupervisor && this.form.supervisors.length) {
            this.state.error = "";
            this.state.step = "pin";
            return;
        }
        return this.send({});
    }

    approve() {
        if (!this.canApprove) {
            return;
        }
        const { supervisorId, pin } = this.state;
        return this.send({ supervisor_id: supervisorId, pin });
    }

    back() {
        this.state.pin = "";
        this.state.error = "";
        this.state.step = "form";
    }

    async send(approval) {
        this.state.isSending = true;
        this.state.error = "";
        const answer = await this.holdOpen(
            this.members.postPoints(this.props.card.id, {
                points: this.signedPoints,
                reason_id: this.state.reasonId,
                note: this.state.note.trim(),
                ...approval,
            })
        );
        this.state.isSending = false;
        this.state.pin = "";
        if (answer.status === "ok") {
            this.state.slip = answer.slip;
            this.state.step = "done";
            await this.print();
            return;
        }
        this.state.error = answer.message;
        if (PIN_STATUSES.includes(answer.status)) {
            this.state.step = "pin";
        }
    }

    /** On the printer of the till; on request also with the browser, when there is none. */
    async print({ webPrintFallback = false } = {}) {
        try {
            await this.printer.print(
                O2oPointsSlip,
                { slip: this.state.slip, companyName: this.pos.company.name },
                { webPrintFallback }
            );
        } catch (error) {
            this.notification.add(error?.body || _t("The slip was not printed."), {
                type: "warning",
            });
        }
    }
}
