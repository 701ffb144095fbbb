import { withTimeout } from "@o2o_order/app/utils/o2o_timeout";

/** A request without an answer for this long counts as lost. */
export const TIMEOUT_MS = 15000;

/**
 * Ask the server about the terminal of this till.
 *
 * Silent: the wait for a card must not make the navbar's spinner turn.
 */
export function callTerminal({ data, config }, method, args) {
    const call = data.orm.silent.call("o2o.terminal", method, [config.id, ...args]);
    return withTimeout(call, TIMEOUT_MS);
}
