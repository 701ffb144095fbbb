import { Component, onMounted, onWillUpdateProps } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import { usePos } from "@point_of_sale/app/hooks/pos_hook";

/** The member of the order, beside its lines: name, level, points. */
export class O2oMemberStrip extends Component {
    static template = "o2o_member.O2oMemberStrip";
    static props = { partnerId: Number };

    setup() {
        this.pos = usePos();
        this.members = useService("o2o_members");
        onMounted(() => this.members.ensureCard(this.props.partnerId));
        onWillUpdateProps(({ partnerId }) => {
            this.members.ensureCard(partnerId);
        });
    }

    get card() {
        return this.members.getCard(this.props.partnerId);
    }

    open() {
        this.members.close();
        this.members.open(this.props.partnerId);
        this.pos.navigate("O2oMemberScreen");
    }
}
