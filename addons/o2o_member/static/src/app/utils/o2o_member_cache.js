/** Cards kept for the time without a network. */
export const MAX_CARDS = 200;
export const MAX_AGE_MS = 24 * 3600 * 1000;

/**
 * The member cards this till showed lately, in the browser of the till.
 *
 * Bounded in number and age, without notes and without whole phone numbers: a till is stolen
 * more easily than a server.
 */
export class O2oMemberCache {
    /**
     * @param {Storage} storage
     * @param {string} key
     */
    constructor(storage, key) {
        this.storage = storage;
        this.key = key;
    }

    /** @param {object} card as the server sent it */
    put(card) {
        const entries = this.entries().filter(({ card: { id } }) => id !== card.id);
        const kept = { ...card, phone: maskPhone(card.phone), note: "" };
        this._write([{ at: Date.now(), card: kept }, ...entries].slice(0, MAX_CARDS));
    }

    /** @returns {{at: number, card: object}|undefined} */
    get(partnerId) {
        return this.entries().find(({ card }) => card.id === partnerId);
    }

    /** @returns {{at: number, card: object}[]} the latest first; old ones are gone */
    entries() {
        const oldest = Date.now() - MAX_AGE_MS;
        const entries = this._read();
        const fresh = entries.filter(({ at }) => at > oldest);
        if (fresh.length < entries.length) {
            this._write(fresh);
        }
        return fresh;
    }

    /** The keys that work without a server: ends of numbers, whole numbers, pinyin, name. */
    search(query) {
        const text = query.trim().toLowerCase();
        const code = (text.match(/^[;%+]b?([0-9a-z]+)/)?.[1] || text).replace(/[\s-]/g, "");
        if (text.length < 2) {
            return [];
        }
        return this.entries().filter(({ card }) => {
            const number = (card.card?.number || "").toLowerCase();
            const [initials, syllables] = card.pinyin.split(" ");
            return (
                (code.length >= 4 && number.endsWith(code)) ||
                (/^\d{4,}$/.test(code) && matchesMasked(card.phone, code)) ||
                initials?.startsWith(code) ||
                syllables?.startsWith(code) ||
                card.name.toLowerCase().startsWith(text)
            );
        });
    }

    _read() {
        try {
            const entries = JSON.parse(this.storage.getItem(this.key) || "[]");
            return Array.isArray(entries) ? entries : [];
        } catch {
            return [];
        }
    }

    _write(entries) {
        try {
            this.storage.setItem(this.key, JSON.stringify(entries));
        } catch {
            // the storage is full or closed: then there is nothing to show offline
            this.storage.removeItem(this.key);
        }
    }
}

/** "138 0013 8001" -> "138****8001"; what is masked already stays as it is */
export function maskPhone(phone) {
    if (!phone || phone.includes("*")) {
        return phone || "";
    }
    const digits = phone.replace(/\D/g, "");
    return digits.length < 8
        ? "*".repeat(digits.length)
        : `${digits.slice(-11, -8)}****${digits.slice(-4)}`;
}

function matchesMasked(phone, digits) {
    const [start, end] = phone.split("****");
    if (!end) {
        return false;
    }
    return digits.length === 11
        ? digits.startsWith(start) && digits.endsWith(end)
        : digits.length === 4 && digits === end;
}
