import { formatServerTime } from "@o2o_order/app/utils/o2o_board";

/** When a customer comes for an order: "08:30–09:00", empty without a slot. */
export function formatSlot({ wanted_at: from, wanted_until: until }) {
    if (!from) {
        return "";
    }
    return `${formatServerTime(from)}\u2013${formatServerTime(until).split(" ").at(-1)}`;
}
