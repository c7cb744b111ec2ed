"""A Grafana dashboard of one deployment, over the Prometheus that the files beside it set up."""

from __future__ import annotations

import hashlib

from grafana_foundation_sdk.builders.common import VizLegendOptions
from grafana_foundation_sdk.builders.dashboard import Dashboard, DatasourceVariable, ThresholdsConfig
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.builders.stat import Panel as Stat
from grafana_foundation_sdk.builders.timeseries import Panel as TimeSeries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import LegendDisplayMode, LegendPlacement
from grafana_foundation_sdk.models.dashboard import DataSourceRef, Threshold, ThresholdsMode

from memory.records.monitoring import Metric, Target
from tools.monitoring.prometheus_files import query

SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
LINES = (
    ("Requests per second", "reqps", ((Metric.REQUEST_RATE, "requests"),)),
    ("Errors", "percentunit", ((Metric.ERROR_RATE, "share of 5xx"),)),
    ("Response time", "ms", ((Metric.P50, "p50"), (Metric.P95, "p95"), (Metric.RESPONSE_AVG, "mean"))),
)


def dashboard(target: Target, project: str, *, interval_s: int) -> str:
    """Its JSON, as Grafana imports it; Grafana asks which Prometheus it is."""
    built = (
        Dashboard(f"{project}: {target.environment}")
        .uid(dashboard_uid(target))
        .tags(["softwright", target.environment])
        .refresh("30s")
        .time("now-24h", "now")
        .timezone("utc")
        .with_variable(DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
        .with_panel(_up(target, interval_s))
    )
    for title, unit, metrics in LINES:
        panel = TimeSeries().title(title).unit(unit).datasource(SOURCE).span(12).height(8).min(0)
        panel = panel.legend(
            VizLegendOptions()
            .display_mode(LegendDisplayMode.TABLE)
            .placement(LegendPlacement.BOTTOM)
            .calcs(["mean", "max"])
        )
        for metric, name in metrics:
            panel = panel.with_target(
                Dataquery().expr(query(target, metric, interval_s) or "").legend_format(name).datasource(SOURCE)
            )
        built = built.with_panel(panel)
    return JSONEncoder(sort_keys=True, indent=2).encode(built.build())


def dashboard_uid(target: Target) -> str:
    """The same for every deployment of an environment: its place in Grafana stays."""
    return hashlib.sha256(f"{target.project_id}/{target.environment}".encode()).hexdigest()[:16]


def _up(target: Target, interval_s: int) -> Stat:
    steps = [Threshold(color="red", value=None), Threshold(color="green", value=1)]
    return (
        Stat()
        .title("Up")
        .datasource(SOURCE)
        .span(12)
        .height(8)
        .thresholds(ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))
        .with_target(Dataquery().expr(query(target, Metric.UP, interval_s) or "").datasource(SOURCE))
    )


__all__ = ["dashboard", "dashboard_uid"]
