import { Component, onWillStart, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { useService } from "@web/core/utils/hooks";
import { useHeldOpen } from "@o2o_member/app/hooks/o2o_held_open";
import { formatDay } from "@o2o_member/app/utils/o2o_member_text";
import { _t } from "@web/core/l10n/translation";

/**
 * Exchange a member's points for a coupon (PTS-07). The server decides what can be had; whatever
 * is repeated without an answer is one exchange.
 */
export class O2oCouponDialog extends Component {
    static template = "o2o_member.O2oCouponDialog";
    static components = { Dialog };
    static props = {
        card: Object,
        close: Function,
    };

    setup() {
        this.members = useService("o2o_members");
        this.holdOpen = useHeldOpen();
        this.state = useState({
            offers: [],
            /** the offer to confirm */
            offer: null,
            coupon: null,
            error: "",
            isSending: false,
        });
        onWillStart(() => this.load());
    }

    async load() {
        const answer = await this.members.getCouponOffers(this.props.card.id);
        if (answer.status === "ok") {
            this.state.offers = answer.offers;
        } else {
            this.state.error = answer.message;
        }
    }

    get title() {
        return _t("Coupons for points: %s", this.props.card.name);
    }

    get question() {
        const { points } = this.state.offer;
        return _t("%(points)s points of %(member)s, %(balance)s afterwards", {
            points,
            member: this.props.card.name,
            balance: this.props.card.points.available - points,
        });
    }

    formatDay(value) {
        return formatDay(value);
    }

    choose(offer) {
        Object.assign(this.state, { offer, error: "" });
    }

    back() {
        Object.assign(this.state, { offer: null, error: "" });
    }

    async confirm() {
        if (this.state.isSending) {
            return;
        }
        this.state.isSending = true;
        this.state.error = "";
        const { id, terms } = this.state.offer;
        const answer = await this.holdOpen(
            this.members.exchangeCoupon(this.props.card.id, { offer_id: id, terms })
        );
        if (answer.status === "refused") {
            // perhaps the offer is another one now
            await this.holdOpen(this.load());
            this.state.offer = null;
        }
        this.state.isSending = false;
        if (answer.status === "ok") {
            this.state.coupon = answer.coupon;
        } else {
            this.state.error = answer.message;
        }
    }
}
