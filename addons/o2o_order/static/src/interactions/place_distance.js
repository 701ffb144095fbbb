import { browser } from "@web/core/browser/browser";

const EARTH_RADIUS_KM = 6371.0088;
const STORAGE_KEY = "o2o_position";

/** Great-circle distance in kilometres. */
export function distanceKm(from, to) {
    const rad = (degrees) => (degrees * Math.PI) / 180;
    const chord =
        Math.sin(rad(to.latitude - from.latitude) / 2) ** 2 +
        Math.cos(rad(from.latitude)) *
            Math.cos(rad(to.latitude)) *
            Math.sin(rad(to.longitude - from.longitude) / 2) ** 2;
    return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(chord)));
}

/** The position the browser gave in this tab, if it did; it never leaves the browser. */
export function knownPosition() {
    try {
        return JSON.parse(browser.sessionStorage.getItem(STORAGE_KEY));
    } catch {
        return null;
    }
}

/** Ask the browser where we are; null when it will not tell. */
export function askPosition() {
    return new Promise((resolve) => {
        if (!browser.navigator.geolocation) {
            resolve(null);
            return;
        }
        browser.navigator.geolocation.getCurrentPosition(
            ({ coords }) => {
                const position = { latitude: coords.latitude, longitude: coords.longitude };
                browser.sessionStorage.setItem(STORAGE_KEY, JSON.stringify(position));
                resolve(position);
            },
            () => resolve(null),
            { timeout: 8000, maximumAge: 300000 }
        );
    });
}

/** Write the distance at each store of a list and put the near ones first. */
export function sortByDistance(list, position) {
    if (!list || !position) {
        return;
    }
    const rows = [...list.querySelectorAll(".o_o2o_place_store")].map((el) => {
        const latitude = parseFloat(el.dataset.latitude);
        const longitude = parseFloat(el.dataset.longitude);
        const isKnown = !Number.isNaN(latitude) && !Number.isNaN(longitude);
        return { el, km: isKnown ? distanceKm(position, { latitude, longitude }) : Infinity };
    });
    rows.sort((a, b) => a.km - b.km);
    for (const { el, km } of rows) {
        if (km < Infinity) {
            el.querySelector(".o_o2o_distance").textContent = `${km.toFixed(1)} km`;
        }
        el.parentElement.append(el);
    }
}
