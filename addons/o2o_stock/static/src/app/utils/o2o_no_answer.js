import { browser } from "@web/core/browser/browser";

/** Till and customer do not wait longer than this for an answer about stock. */
export const PATIENCE_MS = 4000;

/**
 * @template T
 * @param {Promise<T>} promise
 * @returns {Promise<T | null>} null when there is no answer in time, or no network
 */
export async function orNoAnswer(promise, isExpected) {
    let timer;
    const timeout = new Promise((resolve) => {
        timer = browser.setTimeout(() => resolve(null), PATIENCE_MS);
    });
    try {
        return await Promise.race([promise, timeout]);
    } catch (error) {
        if (isExpected(error)) {
            return null;
        }
        throw error;
    } finally {
        browser.clearTimeout(timer);
    }
}
