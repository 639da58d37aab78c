"""Charts of the comparison, drawn without a browser: precision against recall, and cost against size."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd

COLOURS = {"ours": "#0b6e4f", "splink": "#c44536"}
LOWEST_RECALL, LOWEST_PRECISION = 0.93, 0.9992
SIZES = (100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
NAMES = {"ours": "healthbook", "splink": "Splink 5.0.0"}
SCALE = alt.Scale(domain=list(NAMES.values()), range=[COLOURS[name] for name in NAMES])


def draw_precision_recall(figures: Mapping[str, Any], people: int) -> alt.TopLevelMixin:
    """Lines: every link from a score on. Marks: what ours decides itself, alone and with the reviews resolved."""
    rows = [
        {"system": NAMES[name], "recall": point["recall"], "precision": point["precision"]}
        for name, one in figures.items()
        for point in one["points"]
        if point["recall"] >= LOWEST_RECALL and point["precision"] >= LOWEST_PRECISION
    ]
    axes = {
        "x": alt.X("recall:Q", title="recall", scale=alt.Scale(domain=[LOWEST_RECALL, 1], clamp=True)),
        "y": alt.Y(
            "precision:Q",
            title="precision",
            scale=alt.Scale(domain=[LOWEST_PRECISION, 1], clamp=True),
            axis=alt.Axis(format=".5f"),
        ),
        "color": alt.Color("system:N", title=None, scale=SCALE),
    }
    lines = alt.Chart(pd.DataFrame(rows)).mark_line(strokeWidth=2).encode(**axes, order="recall:Q")
    title = f"Links of {people * 1.2:,.0f} records to {people:,} people"
    size = {"width": 560, "height": 340, "title": title}
    if "ours" not in figures:
        return lines.properties(**size)
    marks = alt.Chart(pd.DataFrame(_decisions(figures["ours"]["verdict"])))
    points = marks.mark_point(filled=True, size=90).encode(
        **axes, shape=alt.Shape("decision:N", title=None, scale=alt.Scale(range=["diamond", "triangle-up"]))
    )
    return alt.layer(lines, points).properties(**size)


def _decisions(verdict: Mapping[str, Any]) -> list[dict[str, object]]:
    """Where our own decisions lie. A reviewer makes no false link here: he sees both candidates."""
    won = verdict["right"] + verdict["won_in_review"]
    false = verdict["matched"] - verdict["right"]
    return [
        {
            "system": NAMES["ours"],
            "recall": verdict["recall"],
            "precision": verdict["precision"],
            "decision": "automatic matches",
        },
        {
            "system": NAMES["ours"],
            "recall": verdict["recall_after_review"],
            "precision": won / (won + false),
            "decision": "with reviews resolved",
        },
    ]


def draw_growth(rows: pd.DataFrame) -> alt.TopLevelMixin:
    """Time and memory against people, both axes logarithmic; `rows` has `system, people, seconds, peak_gb`."""
    rows = rows.assign(system=rows["system"].map(NAMES))
    panels = []
    for column, title in (("seconds", "seconds"), ("peak_gb", "peak memory, GB")):
        base = alt.Chart(rows).encode(
            x=alt.X(
                "people:Q",
                title="people in the register",
                scale=alt.Scale(type="log"),
                axis=alt.Axis(format="~s", values=SIZES),
            ),
            y=alt.Y(f"{column}:Q", title=title, scale=alt.Scale(type="log"), axis=alt.Axis(format="~g")),
            color=alt.Color("system:N", title=None, scale=SCALE),
        )
        panels.append((base.mark_line() + base.mark_point(filled=True, size=60)).properties(width=300, height=280))
    return alt.hconcat(*panels).properties(title="Cost of linkage against size, two cores")


def save(chart: alt.TopLevelMixin, stem: Path) -> None:
    """Write stem.svg and stem.png."""
    chart.save(str(stem.with_suffix(".svg")))
    chart.save(str(stem.with_suffix(".png")), scale_factor=2)
