import { describe, expect, test } from "@odoo/hoot";
import {
    cluster,
    fit,
    getScaleBar,
    MAX_SCALE,
    pan,
    placeNames,
    project,
    toScreen,
    zoomAt,
} from "@o2o_order_board/board/map_geometry";

describe.current.tags("headless");

const FRAME = { width: 480, height: 320, padding: 40 };
const GUIYANG = { id: 1, name: "A", latitude: 26.647, longitude: 106.63 };
const NEXT_DOOR = { id: 2, name: "B", latitude: 26.65, longitude: 106.631 };
const CHENGDU = { id: 3, name: "C", latitude: 30.57, longitude: 104.07 };
const NOWHERE = { id: 4, name: "D", latitude: 0, longitude: 0 };
const STORES = [GUIYANG, NEXT_DOOR, CHENGDU, NOWHERE];

const at = (store, view) => toScreen(project(store), view, FRAME);

test("all stores fit into the frame, those without a place left out", () => {
    const view = fit(STORES, FRAME);
    for (const store of [GUIYANG, NEXT_DOOR, CHENGDU]) {
        const { left, top } = at(store, view);
        expect(left >= 39 && left <= 441).toBe(true);
        expect(top >= 39 && top <= 281).toBe(true);
    }
});

test("north is up, east is right", () => {
    const view = fit(STORES, FRAME);
    expect(at(CHENGDU, view).top).toBeLessThan(at(GUIYANG, view).top);
    expect(at(CHENGDU, view).left).toBeLessThan(at(GUIYANG, view).left);
});

test("no store and one store have a view, too", () => {
    expect(Number.isFinite(fit([], FRAME).scale)).toBe(true);
    const { left, top } = at(GUIYANG, fit([GUIYANG], FRAME));
    expect([Math.round(left), Math.round(top)]).toEqual([240, 160]);
});

test("the place under the pointer stays where it is", () => {
    const view = fit(STORES, FRAME);
    const before = at(CHENGDU, view);
    const after = at(CHENGDU, zoomAt(view, 2, before, FRAME));
    expect(Math.round(after.left)).toBe(Math.round(before.left));
    expect(Math.round(after.top)).toBe(Math.round(before.top));
    expect(zoomAt(view, 1e9, before, FRAME).scale).toBe(MAX_SCALE);
});

test("the map follows the finger", () => {
    const view = fit(STORES, FRAME);
    const before = at(GUIYANG, view);
    const after = at(GUIYANG, pan(view, 10, -5));
    expect(Math.round(after.left - before.left)).toBe(10);
    expect(Math.round(after.top - before.top)).toBe(-5);
});

test("neighbours are one mark, as urgent as the worst of them", () => {
    const view = fit(STORES, FRAME);
    const places = [
        { store: NEXT_DOOR, level: "calm" },
        { store: GUIYANG, level: "late" },
        { store: CHENGDU, level: "work" },
        { store: NOWHERE, level: "late" },
    ];
    const marks = cluster(places, view, FRAME, 30);
    expect(marks.map(({ stores }) => stores.map(({ id }) => id))).toEqual([[2, 1], [3]]);
    expect(marks.map(({ level }) => level)).toEqual(["late", "work"]);
    // close enough, each has its own mark
    const near = fit([GUIYANG, NEXT_DOOR], FRAME);
    const zoomed = cluster(places, { ...near, scale: MAX_SCALE }, FRAME, 30);
    expect(zoomed.map(({ stores }) => stores.length)).toEqual([1, 1]);
});

test("names do not lie over each other", () => {
    const marks = [
        { key: 1, left: 100, top: 100, name: "观山湖店" },
        { key: 2, left: 120, top: 104, name: "云岩店" },
        { key: 3, left: 300, top: 100, name: "锦江店" },
        { key: 4, left: 400, top: 100, name: "" },
    ];
    expect([...placeNames(marks)]).toEqual([1, 3]);
});

test("the scale is a round number of kilometres", () => {
    const view = fit(STORES, FRAME);
    const { km, pixels } = getScaleBar(view, 90);
    expect([1, 2, 5].includes(km / 10 ** Math.floor(Math.log10(km)))).toBe(true);
    expect(pixels).toBeLessThan(91);
    expect(pixels).toBeGreaterThan(30);
});
