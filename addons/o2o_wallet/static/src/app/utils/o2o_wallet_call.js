import { withTimeout } from "@o2o_member/app/utils/o2o_timeout";

/** A request without an answer for this long counts as lost. */
export const TIMEOUT_MS = 15000;

/** Ask the server about wallets, as the till that `pos` is. */
export function callWallet({ data, config }, method, args) {
    const call = data.orm.silent.call("o2o.wallet.till", method, [config.id, ...args]);
    return withTimeout(call, TIMEOUT_MS);
}
