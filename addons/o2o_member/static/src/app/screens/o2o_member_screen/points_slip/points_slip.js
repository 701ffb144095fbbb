import { Component } from "@odoo/owl";
import { formatSigned, formatTime } from "@o2o_member/app/utils/o2o_member_text";

/** What the customer takes home when points were added or deducted (PTS-08). */
export class O2oPointsSlip extends Component {
    static template = "o2o_member.O2oPointsSlip";
    static props = { slip: Object, companyName: String };

    get points() {
        return formatSigned(this.props.slip.points);
    }

    get date() {
        return formatTime(this.props.slip.date);
    }
}
