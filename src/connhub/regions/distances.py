"""How far places are apart."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["NEAR", "great_circles"]

Float = npt.NDArray[np.float64]
NEAR = 10.0
"""Kilometres that are added to distances between prefectures, which are 0 within one."""


def great_circles(coordinates: Float) -> Float:
    """Distances between places along the surface of the earth.

    Parameters
    ----------
    coordinates : ndarray of float64, shape (n, 2)
        Latitude and longitude in degrees.

    Returns
    -------
    ndarray of float64, shape (n, n)
        Kilometres.

    Examples
    --------
    Tokyo and Osaka.

    >>> great_circles(np.array([[35.689, 139.692], [34.686, 135.520]])).round()
    array([[  0., 395.],
           [395.,   0.]])
    """
    latitude, longitude = np.radians(coordinates).T
    half = np.sin((latitude[:, None] - latitude) / 2) ** 2
    across = np.sin((longitude[:, None] - longitude) / 2) ** 2
    half += np.cos(latitude[:, None]) * np.cos(latitude) * across
    kilometres: Float = 2 * 6371 * np.arcsin(np.sqrt(half))
    return kilometres
