import { Component } from "@odoo/owl";
import { formatDay, formatTime } from "@o2o_member/app/utils/o2o_member_text";

/** What the customer takes home who only asked for the points (PTS-08). */
export class O2oBalanceSlip extends Component {
    static template = "o2o_member.O2oBalanceSlip";
    static props = { card: Object, companyName: String, till: String, cashier: String };

    get date() {
        return formatTime(this.props.card.as_of);
    }

    formatDay(value) {
        return formatDay(value);
    }
}
