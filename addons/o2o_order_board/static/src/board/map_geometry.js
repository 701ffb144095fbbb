/** A map without map server: Mercator's projection, zoom, and stores that stand too close. */

import { worseLevel } from "./board_state";

const RADIANS = Math.PI / 180;
const KM_PER_DEGREE = 111.32;
/** Pixels per degree: a continent, a street corner. */
export const MIN_SCALE = 4;
export const MAX_SCALE = 60000;

/** Longitude and latitude to the plane, in degrees at the equator; north is up. */
export function project({ latitude, longitude }) {
    const bounded = Math.min(85, Math.max(-85, latitude));
    const y = Math.log(Math.tan(Math.PI / 4 + (bounded * RADIANS) / 2)) / RADIANS;
    return { x: longitude, y: -y };
}

export function hasPosition(store) {
    return Boolean(store.latitude || store.longitude);
}

function clampScale(scale) {
    return Math.min(MAX_SCALE, Math.max(MIN_SCALE, scale));
}

/**
 * The view that shows all stores.
 *
 * @param {object[]} stores with latitude and longitude
 * @param {{width: number, height: number, padding: number}} frame in pixels
 * @returns {{x: number, y: number, scale: number}} centre in the plane, pixels per degree
 */
export function fit(stores, { width, height, padding }) {
    const points = stores.filter(hasPosition).map(project);
    if (!points.length) {
        return { x: 0, y: 0, scale: MIN_SCALE };
    }
    const xs = points.map(({ x }) => x);
    const ys = points.map(({ y }) => y);
    const [left, right] = [Math.min(...xs), Math.max(...xs)];
    const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
    // one store alone is shown with its town
    const spanX = Math.max(right - left, 0.05);
    const spanY = Math.max(bottom - top, 0.05);
    return {
        x: (left + right) / 2,
        y: (top + bottom) / 2,
        scale: clampScale(Math.min((width - 2 * padding) / spanX, (height - 2 * padding) / spanY)),
    };
}

export function toScreen(point, view, { width, height }) {
    return {
        left: width / 2 + (point.x - view.x) * view.scale,
        top: height / 2 + (point.y - view.y) * view.scale,
    };
}

/** Zoom by a factor; the place under the pointer stays where it is. */
export function zoomAt(view, factor, { left, top }, { width, height }) {
    const scale = clampScale(view.scale * factor);
    const dx = left - width / 2;
    const dy = top - height / 2;
    return {
        x: view.x + dx / view.scale - dx / scale,
        y: view.y + dy / view.scale - dy / scale,
        scale,
    };
}

export function pan(view, dx, dy) {
    return { ...view, x: view.x - dx / view.scale, y: view.y - dy / view.scale };
}

/**
 * Stores as marks: those closer than a finger are one mark, as urgent as the worst of them.
 *
 * @param {object[]} places list of `{store, level}`, the most urgent first
 * @returns {object[]} list of `{key, left, top, level, stores}` within the frame
 */
export function cluster(places, view, frame, distance) {
    const marks = [];
    for (const { store, level } of places) {
        if (!hasPosition(store)) {
            continue;
        }
        const at = toScreen(project(store), view, frame);
        const near = marks.find(
            (mark) => Math.hypot(mark.left - at.left, mark.top - at.top) < distance
        );
        if (near) {
            near.stores.push(store);
            near.level = worseLevel(near.level, level);
        } else {
            marks.push({ key: store.id, ...at, level, stores: [store] });
        }
    }
    return marks.filter(
        ({ left, top }) =>
            left > -40 && top > -40 && left < frame.width + 40 && top < frame.height + 40
    );
}

/** About how wide a text of 12 pixels is; Chinese characters are twice as wide. */
function textWidth(text) {
    return [...text].reduce((width, char) => width + (char > "\u2e80" ? 12 : 7), 0);
}

/**
 * Which marks get their name written below: no two names over each other.
 *
 * @param {object[]} marks with `left`, `top` and `name`
 * @returns {Set} keys of the marks with a name
 */
export function placeNames(marks) {
    const boxes = [];
    const shown = new Set();
    for (const { key, left, top, name } of marks) {
        const half = textWidth(name || "") / 2 + 3;
        const box = { l: left - half, r: left + half, t: top + 12, b: top + 30 };
        const isFree = boxes.every(
            (it) => box.r < it.l || box.l > it.r || box.b < it.t || box.t > it.b
        );
        if (name && isFree) {
            boxes.push(box);
            shown.add(key);
        }
    }
    return shown;
}

/** A round number of kilometres that is about as long as wanted. */
export function getScaleBar(view, wanted) {
    const latitude = (Math.atan(Math.exp(-view.y * RADIANS)) * 2 - Math.PI / 2) / RADIANS;
    const kmPerPixel = (KM_PER_DEGREE * Math.cos(latitude * RADIANS)) / view.scale;
    const most = kmPerPixel * wanted;
    const power = 10 ** Math.floor(Math.log10(most));
    const km = [5, 2, 1].map((it) => it * power).find((it) => it <= most) || power;
    return { km, pixels: km / kmPerPixel };
}
