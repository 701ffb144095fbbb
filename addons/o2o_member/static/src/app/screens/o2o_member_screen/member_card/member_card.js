import { Component, onWillUpdateProps, useState } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import { usePos } from "@point_of_sale/app/hooks/pos_hook";
import { O2oCouponDialog } from "@o2o_member/app/screens/o2o_member_screen/coupon_dialog/coupon_dialog";
import { O2oBalanceSlip } from "@o2o_member/app/screens/o2o_member_screen/points_slip/balance_slip";
import { O2oPointsDialog } from "@o2o_member/app/screens/o2o_member_screen/points_dialog/points_dialog";
import {
    formatDay,
    formatMoment,
    formatTime,
    getOfflineReason,
} from "@o2o_member/app/utils/o2o_member_text";
import { _t } from "@web/core/l10n/translation";

const { DateTime } = luxon;

/** Everything a cashier wants to know about one member (idea 10). */
export class O2oMemberCard extends Component {
    static template = "o2o_member.O2oMemberCard";
    static props = {
        card: Object,
        staleSince: Number,
        onActivate: Function,
        onBack: Function,
        onDone: Function,
    };

    setup() {
        this.pos = usePos();
        this.ui = useService("ui");
        this.dialog = useService("dialog");
        this.printer = useService("printer");
        this.notification = useService("notification");
        this.members = useService("o2o_members");
        this.state = useState({ note: this.props.card.note, isBusy: false });
        onWillUpdateProps(({ card }) => {
            // what somebody is writing is not thrown away by a fresh card
            const isSame = card.id === this.props.card.id;
            if (!isSame || this.state.note === this.props.card.note) {
                this.state.note = card.note;
            }
        });
    }

    get card() {
        return this.props.card;
    }

    get isStale() {
        return Boolean(this.props.staleSince) || this.members.isOffline;
    }

    get staleLabel() {
        const time = this.props.staleSince
            ? formatMoment(DateTime.fromMillis(this.props.staleSince))
            : formatTime(this.card.as_of);
        return _t("As of %s, no network", time);
    }

    /** Shown on buttons that need the server. */
    get offlineReason() {
        return this.isStale ? getOfflineReason() : undefined;
    }

    get isCustomer() {
        return this.pos.getOrder()?.getPartner()?.id === this.card.id;
    }

    /** A customer that the till has loaded can be set without the server. */
    get canSetCustomer() {
        return !this.isStale || Boolean(this.pos.models["res.partner"].get(this.card.id));
    }

    get hasNewNote() {
        return this.state.note.trim() !== this.card.note;
    }

    get nextExpiry() {
        return this.card.points.expiring[0];
    }

    formatDay(value) {
        return formatDay(value);
    }

    formatTime(value) {
        return formatTime(value);
    }

    formatAmount(amount) {
        return this.env.utils.formatCurrency(amount);
    }

    async setCustomer() {
        this.state.isBusy = true;
        const problem = await this.members.setCustomer(this.card.id);
        this.state.isBusy = false;
        if (problem) {
            this.notification.add(problem, { type: "warning" });
        } else {
            this.props.onDone();
        }
    }

    async removeCustomer() {
        const problem = await this.members.removeCustomer();
        if (problem) {
            this.notification.add(problem, { type: "warning" });
        }
    }

    changePoints(direction) {
        this.dialog.add(O2oPointsDialog, { card: this.card, direction });
    }

    async printPoints() {
        try {
            await this.printer.print(
                O2oBalanceSlip,
                {
                    card: this.card,
                    companyName: this.pos.company.name,
                    till: this.pos.config.name,
                    cashier: this.pos.getCashier()?.name || "",
                },
                { webPrintFallback: true }
            );
        } catch (error) {
            this.notification.add(error?.body || _t("The slip was not printed."), {
                type: "warning",
            });
        }
    }

    exchangeCoupon() {
        this.dialog.add(O2oCouponDialog, { card: this.card });
    }

    async saveNote() {
        this.state.isBusy = true;
        const answer = await this.members.saveNote(this.card.id, this.state.note);
        this.state.isBusy = false;
        if (answer.status === "ok") {
            this.state.note = answer.note;
            this.notification.add(_t("The note is saved."), { type: "success" });
        } else {
            this.notification.add(answer.message, { type: "danger" });
        }
    }
}
