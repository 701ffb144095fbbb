import { describe, expect, test } from "@odoo/hoot";
import { fromPlane, insertCorner, parseCorners, toPlane } from "@o2o_order/area/geometry";

describe.current.tags("headless");

const CENTRE = [106.63, 26.64];

test("kilometres and degrees are each other's inverse", () => {
    const point = [106.7, 26.5];
    const [x, y] = toPlane(point, CENTRE);
    expect(Math.round(y)).toBe(16);
    expect(fromPlane([x, y], CENTRE)).toEqual(point);
});

test("a corner goes into the edge it is nearest to", () => {
    const square = [
        [106.6, 26.7],
        [106.7, 26.7],
        [106.7, 26.6],
        [106.6, 26.6],
    ];
    expect(insertCorner(square, [106.71, 26.65], CENTRE)[2]).toEqual([106.71, 26.65]);
    expect(insertCorner(square, [106.59, 26.65], CENTRE)[4]).toEqual([106.59, 26.65]);
});

test("corners are read from lines and from GeoJSON", () => {
    expect(parseCorners("106.6, 26.7\n106.7, 26.7\n106.7, 26.6")).toHaveLength(3);
    const json = '{"coordinates": [[[1, 2], [3, 2], [3, 4], [1, 2]]]}';
    expect(parseCorners(json)).toEqual([
        [1, 2],
        [3, 2],
        [3, 4],
    ]);
    expect(parseCorners("106.6, 26.7")).toBe(null);
    expect(parseCorners("106.6, 126.7\n1, 2\n3, 4")).toBe(null);
});
