"""Districts, their outlines, and places in a citizen's words."""

from gateway.places.rules import District, Located, OutsideCity
from gateway.places.service import Places

__all__ = ["District", "Located", "OutsideCity", "Places"]
