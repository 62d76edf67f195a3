"""What the vendors' own decoders mean by names that do not say their unit. Facts only; see `normalise`."""

from collections.abc import Mapping
from types import MappingProxyType

# By the native codec's own name. A file beside a dropped-in codec (README.md) overrides these.
HINTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "teneo-iot/filling-degree-sensor": {"distance": "distance_cm", "battery": "battery_v"},
        **{
            f"dingtek/{model}": {"level": "distance_mm", "alarmLevel": "full"}
            for model in ("df701", "df702", "df703", "dc410", "dc413")
        },
        **{f"dingtek/{model}": {"level": "distance_mm"} for model in ("df530", "df555")},
    }
)
