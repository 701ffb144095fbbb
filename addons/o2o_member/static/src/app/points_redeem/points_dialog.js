import { Component, useState } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { useService } from "@web/core/utils/hooks";
import { useHeldOpen } from "@o2o_member/app/hooks/o2o_held_open";

/**
 * How many points a member uses for an order: whole steps between the least and the most.
 *
 * It stays until the order has them: who pays while they are on their way would be asked for
 * the whole price, and get change for the points.
 */
export class PointsDialog extends Component {
    static template = "o2o_member.PointsDialog";
    static components = { Dialog };
    static props = {
        offer: Object,
        formatCurrency: Function,
        use: Function,
        close: Function,
    };

    setup() {
        this.ui = useService("ui");
        const { held, max } = this.props.offer;
        this.state = useState({ points: Math.min(held || max, max), isBusy: false });
        this.holdOpen = useHeldOpen();
    }

    get worth() {
        const { worth_per_step, step } = this.props.offer;
        return this.props.formatCurrency((this.state.points / step) * worth_per_step);
    }

    set points(points) {
        const { min, max } = this.props.offer;
        this.state.points = Math.min(max, Math.max(min, points));
    }

    step(direction) {
        this.points = this.state.points + direction * this.props.offer.step;
    }

    onSlide(ev) {
        this.points = parseInt(ev.target.value);
    }

    useAll() {
        this.points = this.props.offer.max;
    }

    async confirm(points = this.state.points) {
        this.state.isBusy = true;
        try {
            await this.holdOpen(this.props.use(points));
        } finally {
            this.props.close();
        }
    }
}
