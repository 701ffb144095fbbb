import { useEnv } from "@odoo/owl";

/**
 * A dialog that Escape and the cross do not close while the server has been asked: what it
 * answers is to be read. The dialog's own buttons are to be disabled meanwhile.
 *
 * @returns {function(Promise): Promise} says what is waited for, and returns it
 */
export function useHeldOpen() {
    let waiting = 0;
    // a dialog asks this first, and closes when it resolves; each press asks anew
    useEnv().dialogData.dismiss = () => waiting && new Promise(() => {});
    return async (promise) => {
        waiting += 1;
        try {
            return await promise;
        } finally {
            waiting -= 1;
        }
    };
}
