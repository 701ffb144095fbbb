import { browser } from "@web/core/browser/browser";

/** The server did not answer in time: what it did with the request is unknown. */
export class NoAnswerError extends Error {}

/**
 * @template T
 * @param {Promise<T>} promise
 * @param {number} milliseconds
 * @returns {Promise<T>} rejected with `NoAnswerError` when the time is over
 */
export async function withTimeout(promise, milliseconds) {
    let timer;
    const timeout = new Promise((_resolve, reject) => {
        timer = browser.setTimeout(() => reject(new NoAnswerError()), milliseconds);
    });
    try {
        return await Promise.race([promise, timeout]);
    } finally {
        browser.clearTimeout(timer);
    }
}
