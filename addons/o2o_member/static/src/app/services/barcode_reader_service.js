import { patch } from "@web/core/utils/patch";
import { BarcodeReader } from "@point_of_sale/app/services/barcode_reader_service";
import { isMemberCode } from "@o2o_member/app/utils/o2o_member_text";

patch(BarcodeReader.prototype, {
    /** Swipes and electronic cards are customers, whatever the nomenclature makes of them. */
    async _scan(code) {
        if (!code || !isMemberCode(code)) {
            return super._scan(...arguments);
        }
        const cbMaps = this.exclusiveCbMap ? [this.exclusiveCbMap] : [...this.cbMaps];
        for (const { client } of cbMaps) {
            await client?.({ type: "client", code, base_code: code, value: 0 });
        }
    },
});
