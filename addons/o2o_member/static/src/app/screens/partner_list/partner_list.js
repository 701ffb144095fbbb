import { onMounted } from "@odoo/owl";
import { patch } from "@web/core/utils/patch";
import { PartnerList } from "@point_of_sale/app/screens/partner_list/partner_list";

patch(PartnerList.prototype, {
    /** A till starts without customers: the list asks for its first page when it opens. */
    setup() {
        super.setup(...arguments);
        onMounted(() => this.o2oLoadFirstPage());
    },
    /** Without network it shows those seen before, and asks again at the next opening. */
    async o2oLoadFirstPage() {
        const { globalState } = this;
        if (globalState.o2oHasFirstPage) {
            return;
        }
        globalState.offsetBySearch[""] = 0;
        const partners = await this.getNewPartners();
        globalState.o2oHasFirstPage = partners.length > 0;
    },
});
