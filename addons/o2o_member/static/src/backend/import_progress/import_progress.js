import { Component, onMounted, onWillUnmount, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** Milliseconds between two looks at the running import. */
const POLL = 1000;

/** How far the import of the open dialog is, as the server tells (CARD-01). */
export class ImportProgress extends Component {
    static template = "o2o_member.ImportProgress";
    static props = standardWidgetProps;

    setup() {
        this.orm = useService("orm");
        this.state = useState({ progress: false });
        onMounted(() => (this.timer = setInterval(() => this.poll(), POLL)));
        onWillUnmount(() => clearInterval(this.timer));
    }

    get label() {
        const { step, done, total } = this.state.progress;
        const rows = total ? `${done} / ${total}` : done;
        switch (step) {
            case "read":
                return _t("Reading the file: %s rows", rows);
            case "check":
                return _t("Checking the cards: %s", rows);
        }
        return _t("Importing the cards: %s", rows);
    }

    get percent() {
        const { done, total } = this.state.progress;
        return total ? Math.round((100 * done) / total) : 100;
    }

    async poll() {
        const key = this.props.record.data.progress_key;
        if (!key || this.isPolling || this.props.record.data.state === "done") {
            return;
        }
        this.isPolling = true;
        try {
            this.state.progress = await this.orm.silent.call(
                "o2o.card.import.progress",
                "get_progress",
                [key]
            );
        } catch {
            // the import itself tells when something is wrong
            this.state.progress = false;
        } finally {
            this.isPolling = false;
        }
    }
}

registry.category("view_widgets").add("o2o_card_import_progress", {
    component: ImportProgress,
    fieldDependencies: [
        { name: "progress_key", type: "char" },
        { name: "state", type: "selection" },
    ],
});
