import { patch } from "@web/core/utils/patch";
import { useService } from "@web/core/utils/hooks";
import { ProductScreen } from "@point_of_sale/app/screens/product_screen/product_screen";
import { O2oMemberStrip } from "@o2o_member/app/components/o2o_member_strip/o2o_member_strip";

ProductScreen.components = { ...ProductScreen.components, O2oMemberStrip };

patch(ProductScreen.prototype, {
    setup() {
        super.setup(...arguments);
        this.o2oMembers = useService("o2o_members");
    },
    get o2oPartnerId() {
        return this.currentOrder?.getPartner()?.id;
    },
    /** A member card at the scanner: when core does not know the code, the server may. */
    async _barcodePartnerAction(code) {
        const { barcode_reader: reader } = this.env.services;
        const known = this.pos.models["res.partner"].getBy("barcode", code.code);
        if (known) {
            return super._barcodePartnerAction(...arguments);
        }
        const sale = this.o2oMembers.getSale();
        const answer = await this.o2oMembers.find(code.code);
        if (answer.rows?.length !== 1) {
            if (answer.message) {
                this.notification.add(answer.message, { type: "warning" });
                return;
            }
            return answer.rows?.length
                ? reader.showNotFoundNotification(code)
                : super._barcodePartnerAction(...arguments);
        }
        const problem = await this.o2oMembers.setCustomer(answer.rows[0].id, sale);
        if (problem) {
            this.notification.add(problem, { type: "warning" });
        }
    },
});
