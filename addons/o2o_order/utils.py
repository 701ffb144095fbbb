"""Algorithms without ORM."""

from math import asin, cos, radians, sin, sqrt

from .const import EARTH_RADIUS_KM


def distance_km(lat1, lon1, lat2, lon2):
    """Great-circle distance between two WGS 84 points, in kilometres (haversine)."""
    phi1, phi2 = radians(lat1), radians(lat2)
    half_dphi = (phi2 - phi1) / 2
    half_dlambda = radians(lon2 - lon1) / 2
    chord = sin(half_dphi) ** 2 + cos(phi1) * cos(phi2) * sin(half_dlambda) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord)))


def has_coordinates(latitude, longitude):
    """Whether the pair is a usable position (Odoo stores "unknown" as 0, 0)."""
    return (
        bool(latitude or longitude)
        and abs(latitude) <= 90.0
        and abs(longitude) <= 180.0
    )
