"""The bundles that a person may choose from for a station."""

from inference_agent.bundle import load_bundle
from okko.errors import ConfigError
from okko.station import Station

MANIFEST = "model.toml"
MOST = 200


def choices(station: Station) -> list[dict[str, str]]:
    """The bundles that lie where bundles lie: in the station's folder, and beside those that it uses."""
    places = {station.folder, station.folder / "bundles", station.folder / "taught"}
    places |= {model.bundle_path.parent for model in (*station.models, *station.shadows)}
    found: list[dict[str, str]] = []
    for manifest in sorted(manifest for place in places for manifest in place.glob(f"*/{MANIFEST}"))[:MOST]:
        try:
            bundle = load_bundle(manifest.parent)
        except ConfigError:
            continue  # half copied, or of another version; `okko model inspect` says what is wrong
        found.append({"folder": str(manifest.parent), "name": bundle.name, "version": bundle.version})
    return found
