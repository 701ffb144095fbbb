import { Component } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import { getConflictText } from "@o2o_order/app/utils/o2o_queue";
import { _t } from "@web/core/l10n/translation";

/** What waits for the network, and what came too late with what to do now (idea 17). */
export class O2oQueueBanner extends Component {
    static template = "o2o_order.O2oQueueBanner";
    static props = { onOpen: Function };

    setup() {
        this.onlineOrders = useService("o2o_orders");
    }

    get waitingText() {
        const { count } = this.onlineOrders.queueState;
        return count === 1
            ? _t("One step is noted here and is sent when the network is back.")
            : _t("%s steps are noted here and are sent when the network is back.", count);
    }

    get conflicts() {
        return this.onlineOrders.queueState.conflicts.map((conflict) => ({
            ...conflict,
            ...getConflictText(conflict),
            canOpen: Boolean(this.onlineOrders.getOrder(conflict.orderId)),
        }));
    }

    open(conflict) {
        this.props.onOpen(conflict.orderId);
    }

    dismiss(conflict) {
        this.onlineOrders.dismissConflict(conflict.key);
    }
}
