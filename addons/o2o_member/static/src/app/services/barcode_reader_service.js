import { patch } from "@web/core/utils/patch";
import { BarcodeReader } from "@point_of_sale/app/services/barcode_reader_service";
import { isMemberCode } from "@o2o_member/app/utils/o2o_member_text";

patch(BarcodeReader.prototype, {
    /** Swipes and electronic cards are customers, whatever the nomenclature makes of them. */
    async _scan(code) {
        if (!code || !isMemberCode(code)) {
            return super._scan(...arguments);
        }
        for (const { client } of this.o2oListeners) {
            await client?.({ type: "client", code, base_code: code, value: 0 });
        }
    },
    /** Those who want what is scanned now: the screen in front, or what covers it. */
    get o2oListeners() {
        return this.exclusiveCbMap ? [this.exclusiveCbMap] : [...this.cbMaps];
    },
    get o2oIsWaitingForMember() {
        return this.o2oListeners.some(({ client }) => client);
    },
});
