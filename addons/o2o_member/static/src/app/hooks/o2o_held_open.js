import { useEnv } from "@odoo/owl";

/**
 * A dialog that stays open until the server has answered what it was asked for: Escape and the
 * cross wait. Its own buttons are to be disabled meanwhile.
 *
 * @returns {function(Promise): Promise} names what is waited for, and returns it
 */
export function useHeldOpen() {
    let asked;
    useEnv().dialogData.dismiss = () => asked?.catch(() => {});
    return (promise) => {
        asked = promise;
        return promise;
    };
}
