"""House style: how every board, panel, variable and query of ours looks, in one place.

Knows Grafana's JSON through its SDK and our SQL by name; refuses to know what a board is about.
"""

import re
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, TypeVar

from grafana_foundation_sdk.builders import (
    barchart,
    bargauge,
    common,
    dashboard,
    geomap,
    stat,
    statushistory,
    table,
    timeseries,
)
from grafana_foundation_sdk.cog import variants
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as models

from dashboards.colours import AMBER, BLUE, GREEN, MEANING, RED

KIND = "grafana-postgresql-datasource"
SOURCE = common_models.DataSourceRef(KIND, "${source}")
NOTHING = "Pas de donnée"
WIDTH = 24
_NAME = re.compile(r"^-- name: ([a-z][a-z0-9_]*)$", re.MULTILINE)

Made = TypeVar("Made")
Steps = tuple[tuple[float | None, str], ...]
LEVEL: Steps = ((None, GREEN), (70, AMBER), (90, RED))
SOME_IS_BAD: Steps = ((None, GREEN), (1, RED))
PLAIN: Steps = ((None, BLUE),)


@dataclass(frozen=True, slots=True)
class Query(variants.Dataquery):
    """A target of Grafana's PostgreSQL data source, which the SDK has no builder for."""

    sql: str
    shape: str = "table"  # or time_series: a text column then names the series

    def build(self) -> "Query":
        """Return itself: it is its own builder."""
        return self

    def to_json(self) -> dict[str, object]:
        """Return the target as the data source's editor would save it."""
        return {
            "refId": "A",
            "datasource": SOURCE,
            "format": self.shape,
            "rawQuery": True,
            "editorMode": "code",
            "rawSql": self.sql,
        }


def queries(board: str) -> dict[str, str]:
    """Return the named queries of `sql/<board>.sql`; comments stay, for whoever opens them in Grafana."""
    _, *parts = _NAME.split(files("dashboards").joinpath(f"sql/{board}.sql").read_text(encoding="utf-8"))
    return {name: body.strip().rstrip(";") for name, body in zip(parts[::2], parts[1::2], strict=True)}


def thresholds(steps: Steps) -> dashboard.ThresholdsConfig:
    """Return absolute thresholds, from the lowest colour up."""
    made = [models.Threshold(value, colour) for value, colour in steps]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(made)


def colour(mode: models.FieldColorModeId) -> dashboard.FieldColor:
    """Return a colour mode for fields."""
    return dashboard.FieldColor().mode(mode)


def _common(
    panel: Made, title: str, sql: str, about: str, size: tuple[int, int], shape: str = "table"
) -> Made:
    built: Any = panel  # the SDK's panel builders share these words and no type that says so
    built.title(title).description(about).datasource(SOURCE).with_target(Query(sql, shape)).span(
        size[0]
    ).height(size[1]).no_value(NOTHING)
    return panel


def figures(
    title: str, sql: str, about: str, unit: str, width: int = 6, steps: Steps = PLAIN, decimals: int = 0
) -> stat.Panel:
    """One row of figures, a column each."""
    panel = _common(stat.Panel(), title, sql, about, (width, 5))
    reduced = common.ReduceDataOptions().calcs(["lastNotNull"]).fields("/.*/").values(False)
    return (
        panel.unit(unit)
        .decimals(decimals)
        .reduce_options(reduced)
        .thresholds(thresholds(steps))
        .graph_mode(common_models.BigValueGraphMode.NONE)
        .text_mode(common_models.BigValueTextMode.VALUE_AND_NAME)
        .color_mode(common_models.BigValueColorMode.VALUE)
    )


def over_time(
    title: str,
    sql: str,
    about: str,
    unit: str,
    width: int = 12,
    *,
    series: bool = False,
    step: str = "1d",
    bars: bool = False,
    low: float | None = 0,
    decimals: int | None = None,
) -> timeseries.Panel:
    """Lines or stacked bars over the period; `series`: a text column names them; `step`: least interval."""
    shape = "time_series" if series else "table"
    panel = _common(timeseries.Panel(), title, sql, about, (width, 9), shape)
    panel.unit(unit).interval(step).legend(_legend()).color_scheme(
        colour(models.FieldColorModeId.PALETTE_CLASSIC)
    )
    if low is not None:
        panel.min(low)
    if decimals is not None:
        panel.decimals(decimals)
    _paint(panel, sql)
    if bars:
        normal = common.StackingConfig().mode(common_models.StackingMode.NORMAL)
        return panel.draw_style(common_models.GraphDrawStyle.BARS).fill_opacity(80).stacking(normal)
    return panel.line_width(2).span_nulls(3 * 86_400_000.0 if step == "1d" else 3_600_000.0)


def bars(
    title: str,
    sql: str,
    about: str,
    unit: str,
    width: int = 12,
    *,
    stacked: bool = False,
    lying: bool = False,
    decimals: int = 0,
) -> barchart.Panel:
    """Bars for a few named things: the first column names them, the others are their figures."""
    panel = _common(barchart.Panel(), title, sql, about, (width, 9))
    panel.unit(unit).min(0).decimals(decimals).legend(_legend())
    _paint(panel, sql)
    if lying:
        panel.orientation(common_models.VizOrientation.HORIZONTAL)
    return panel.stacking(common_models.StackingMode.NORMAL if stacked else common_models.StackingMode.NONE)


def _paint(panel: Any, sql: str) -> None:
    """Give the series of a query the colours of their meaning."""
    for name, hue in MEANING.items():
        if f'AS "{name}"' in sql:
            fixed = {"mode": "fixed", "fixedColor": hue}
            panel.override_by_name(name, [models.DynamicConfigValue("color", fixed)])


def gauges(title: str, sql: str, about: str, unit: str, width: int = 12) -> bargauge.Panel:
    """Lying gauges, the longest first: for sizes and shares."""
    panel = _common(bargauge.Panel(), title, sql, about, (width, 9))
    every = common.ReduceDataOptions().values(True).calcs([]).fields("")
    return (
        panel.unit(unit)
        .min(0)
        .reduce_options(every)
        .orientation(common_models.VizOrientation.HORIZONTAL)
        .display_mode(common_models.BarGaugeDisplayMode.BASIC)
        .thresholds(thresholds(PLAIN))
    )


def rows(
    title: str,
    sql: str,
    about: str,
    units: dict[str, str],
    width: int = 24,
    link: tuple[str, str, str] | None = None,
) -> table.Panel:
    """A table; `units` by column, `link` = (column, what it opens, address with Grafana's variables)."""
    panel = _common(table.Panel(), title, sql, about, (width, 10)).unit("short")
    for name, unit in units.items():
        panel.override_by_name(name, [models.DynamicConfigValue("unit", unit)])
    if link is not None:
        name, opens, address = link
        target = {"title": opens, "url": address, "targetBlank": True}
        panel.override_by_name(name, [models.DynamicConfigValue("links", [target])])
    return panel


def days(title: str, sql: str, about: str, unit: str, steps: Steps, height: int = 14) -> statushistory.Panel:
    """One line a thing, one cell a day, coloured by its value."""
    panel = _common(statushistory.Panel(), title, sql, about, (WIDTH, height), "time_series")
    return (
        panel.unit(unit)
        .interval("1d")
        .decimals(0)
        .show_value(common_models.VisibilityMode.NEVER)
        .row_height(0.9)
        .legend(_legend())
        .thresholds(thresholds(steps))
        .color_scheme(colour(models.FieldColorModeId.THRESHOLDS))
    )


def places(title: str, sql: str, about: str, unit: str, steps: Steps, width: int = 12) -> geomap.Panel:
    """Points on a map, from columns lat and lon, coloured by the column « Niveau »."""
    panel = _common(geomap.Panel(), title, sql, about, (width, 14))
    coordinates = common_models.FrameGeometrySourceMode.COORDS
    found = common.FrameGeometrySource().mode(coordinates).latitude("lat").longitude("lon")
    config = {
        "showLegend": True,
        "style": {"color": {"field": "Niveau"}, "opacity": 0.8, "size": {"fixed": 6}},
    }
    layer = (
        common.MapLayerOptions().type("markers").name("Colonnes").config(config).location(found).tooltip(True)
    )
    view = geomap.MapViewConfig().id("fit").all_layers(True)
    return panel.unit(unit).layers([layer]).view(view).thresholds(thresholds(steps))


def _legend() -> common.VizLegendOptions:
    return (
        common.VizLegendOptions()
        .display_mode(common_models.LegendDisplayMode.LIST)
        .placement(common_models.LegendPlacement.BOTTOM)
        .show_legend(True)
    )


def _chosen(
    name: str, label: str, sql: str, every: str | None, *, several: bool, all_text: str = "Tous"
) -> dashboard.QueryVariable:
    variable = dashboard.QueryVariable(name).label(label).datasource(SOURCE).query(sql).multi(several)
    variable.refresh(models.VariableRefresh.ON_DASHBOARD_LOAD).allow_custom_value(False)
    if every is None:
        return variable
    everything = models.VariableOption(True, [all_text], ["$__all"])
    return variable.include_all(True).all_value(every).current(everything)


def variables(*wanted: str) -> list[Any]:
    """Return the data source (a territory's database) and the variables asked for.

    `all_value` is put into the SQL as it stands: '*' is what boards' views call everything, and everywhere is
    wherever the territory chosen says.
    """
    sql = queries("variables")
    source = dashboard.DatasourceVariable("source").label("Base de données").type(KIND)
    somewhere = models.VariableOption(True, "Tous les territoires", "*")
    offered = {
        "territoire": _chosen("territoire", "Territoire", sql["territories"], None, several=False).current(
            somewhere
        ),
        "commune": _chosen(
            "commune", "Commune", sql["communes"], "${territoire:sqlstring}", several=True, all_text="Toutes"
        ),
        "flux": _chosen("flux", "Flux", sql["streams"], "'*'", several=True),
        "site": _chosen("site", "Déchetterie", sql["sites"], "'*'", several=True, all_text="Toutes"),
        "service": _chosen("service", "Service", sql["services"], None, several=False),
    }
    pages = (
        dashboard.TextBoxVariable("glaneur")
        .label("Adresse de Glaneur")
        .hide(models.VariableHide.HIDE_VARIABLE)
    )
    return [source, *(offered[name] for name in wanted), pages.default_value(PAGES)]


PAGES = "http://127.0.0.1:8000"


def board(
    uid: str,
    title: str,
    about: str,
    panels: list[Any],
    chosen: tuple[str, ...],
    page: tuple[str, str],
    since: str,
) -> models.Dashboard:
    """Return a finished board: panels numbered and laid out in rows of 24, variables, links, Paris time."""
    made = dashboard.Dashboard(title).uid(uid).description(about).tags(["glaneur"])
    made.timezone("Europe/Paris").week_start("monday").time(since, "now").refresh("5m").readonly()
    made.tooltip(models.DashboardCursorSync.CROSSHAIR).variables(variables(*chosen))
    others = dashboard.DashboardLink("Tableaux").type(models.DashboardLinkType.DASHBOARDS).tags(["glaneur"])
    made.link(others.as_dropdown(True).include_vars(True).keep_time(True))
    name, path = page
    ours = dashboard.DashboardLink(name).type(models.DashboardLinkType.LINK).url("${glaneur}" + path)
    made.link(ours.target_blank(True).icon("external link"))
    for number, panel in enumerate(panels, start=1):
        made.with_panel(panel.id(number))
    return made.build()
