/** Plane geometry for small areas: degrees to kilometres and back. */

export const KM_PER_DEGREE = 111.195;

/** A point [longitude, latitude] in km east and south of a centre. */
export function toPlane([longitude, latitude], centre) {
    const shrink = Math.cos((centre[1] * Math.PI) / 180);
    return [
        (longitude - centre[0]) * KM_PER_DEGREE * shrink,
        (centre[1] - latitude) * KM_PER_DEGREE,
    ];
}

/** The other way round, rounded to about a metre. */
export function fromPlane([x, y], centre) {
    const shrink = Math.cos((centre[1] * Math.PI) / 180);
    return [
        Number((centre[0] + x / (KM_PER_DEGREE * shrink)).toFixed(5)),
        Number((centre[1] - y / KM_PER_DEGREE).toFixed(5)),
    ];
}

/** Where a new corner goes: into the edge it is nearest to. */
export function insertCorner(points, point, centre) {
    if (points.length < 3) {
        return [...points, point];
    }
    const [x, y] = toPlane(point, centre);
    let best = 0;
    let bestDistance = Infinity;
    points.forEach((from, index) => {
        const [x1, y1] = toPlane(from, centre);
        const [x2, y2] = toPlane(points[(index + 1) % points.length], centre);
        const length = (x2 - x1) ** 2 + (y2 - y1) ** 2;
        const along = length ? ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / length : 0;
        const at = Math.min(1, Math.max(0, along));
        const distance = Math.hypot(x - x1 - at * (x2 - x1), y - y1 - at * (y2 - y1));
        if (distance < bestDistance) {
            bestDistance = distance;
            best = index;
        }
    });
    return [...points.slice(0, best + 1), point, ...points.slice(best + 1)];
}

/** Corners from pasted text: GeoJSON, or a pair "longitude, latitude" per line. */
export function parseCorners(text) {
    const numbers = (text.match(/-?\d+(\.\d+)?/g) || []).map(Number);
    const corners = [];
    for (let i = 0; i + 1 < numbers.length; i += 2) {
        corners.push([numbers[i], numbers[i + 1]]);
    }
    const [first, last] = [corners[0], corners[corners.length - 1]];
    // GeoJSON repeats the first corner at the end
    if (corners.length > 3 && first[0] === last[0] && first[1] === last[1]) {
        corners.pop();
    }
    const isValid =
        numbers.length % 2 === 0 &&
        corners.length >= 3 &&
        corners.every(([lng, lat]) => Math.abs(lng) <= 180 && Math.abs(lat) <= 90);
    return isValid ? corners : null;
}
