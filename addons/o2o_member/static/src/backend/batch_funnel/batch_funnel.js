import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** Printed, handed out, activated, first purchase: what became of a batch (CARD-05). */
export class BatchFunnel extends Component {
    static template = "o2o_member.BatchFunnel";
    static props = standardWidgetProps;

    get steps() {
        const data = this.props.record.data;
        const first = data.card_count;
        return [
            { key: "printed", label: _t("Printed"), count: first },
            { key: "handed", label: _t("Handed out"), count: data.shown_handed_out_count },
            { key: "activated", label: _t("Activated"), count: data.activated_count },
            { key: "bought", label: _t("First purchase"), count: data.purchase_count },
        ].map((step) => {
            const share = first ? (100 * step.count) / first : 0;
            return {
                ...step,
                share: share && share < 10 ? share.toFixed(1) : Math.round(share),
                width: step.count ? Math.max(share, 1) : 0,
            };
        });
    }
}

registry.category("view_widgets").add("o2o_batch_funnel", {
    component: BatchFunnel,
    fieldDependencies: [
        { name: "card_count", type: "integer" },
        { name: "shown_handed_out_count", type: "integer" },
        { name: "activated_count", type: "integer" },
        { name: "purchase_count", type: "integer" },
    ],
});
