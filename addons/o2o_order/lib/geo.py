"""Shapes on the map. A point is ``[longitude, latitude]``, as in GeoJSON."""

from math import cos, radians

KM_PER_DEGREE = 111.195
MAX_POINTS = 200


def box_around(latitude, longitude, km):
    """South, west, north, east of a box that holds every point within ``km``."""
    height = km / KM_PER_DEGREE
    # at the poleward edge a degree of longitude is shortest
    edge = min(abs(latitude) + height, 89.0)
    width = min(km / (KM_PER_DEGREE * cos(radians(edge))), 180.0)
    return latitude - height, longitude - width, latitude + height, longitude + width


def check_polygon(points):
    """What is wrong with an outline.

    :return: "", "points" (fewer than three, or too many), "number" or "crossing"
    """
    if not isinstance(points, list) or not 3 <= len(points) <= MAX_POINTS:
        return "points"
    for point in points:
        if (
            not isinstance(point, (list, tuple))
            or len(point) != 2
            or any(
                isinstance(it, bool) or not isinstance(it, (int, float)) for it in point
            )
            or not -180 <= point[0] <= 180
            or not -90 <= point[1] <= 90
        ):
            return "number"
    edges = list(zip(points, [*points[1:], points[0]], strict=True))
    for i, first in enumerate(edges):
        for j, second in enumerate(edges):
            if abs(i - j) in (0, 1, len(edges) - 1):
                continue
            if _cross(*first, *second):
                return "crossing"
    return ""


def _side(a, b, c):
    value = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (value > 0) - (value < 0)


def _cross(a, b, c, d):
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def is_inside(points, longitude, latitude):
    """Whether a point is inside an outline (even-odd rule)."""
    inside = False
    for (x1, y1), (x2, y2) in zip(points, [*points[1:], points[0]], strict=True):
        if (y1 > latitude) != (y2 > latitude):
            cut = x1 + (latitude - y1) * (x2 - x1) / (y2 - y1)
            inside ^= longitude < cut
    return inside


def to_postgres(points):
    """The text of PostgreSQL's own type polygon."""
    return "(" + ",".join(f"({x!r},{y!r})" for x, y in points) + ")"
