"""The waterfall of a decision as a picture: bits from the prior to the score, with the thresholds drawn.

It names fields and levels, never a value: a chart may travel further than the record.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from etl.errors import ConfigError

if TYPE_CHECKING:
    import altair as alt

SUFFIXES = (".svg", ".png", ".html")
COLOURS = {"for": "#2166ac", "against": "#b2540a", "total": "#4d4d4d"}
"""Told apart without red and green, and by the sign of the printed bits as well."""
LEGEND = {"for": "Ủng hộ (for)", "against": "Chống lại (against)", "total": "Tổng (total)"}
WIDTH, ROW = 560, 30


def check_path(out: Path) -> None:
    """Raise ConfigError where a chart cannot be written to a path."""
    if out.suffix.lower() not in SUFFIXES or not out.parent.is_dir() or out.is_dir():
        raise ConfigError(
            "chart: its path does not fit; expected a file ending in .svg, .png or .html in a folder that is there."
            " Choose another path."
        )


def bars_of(steps: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Where each bar of a waterfall begins and ends: fields follow upon each other, totals stand on zero."""
    bars, level = [], 0.0
    for place, step in enumerate(steps):
        is_total = step["kind"] in ("prior", "score")
        start, end = (0.0, step["bits"]) if is_total else (level, level + step["bits"])
        level = end
        bars.append(
            {
                "place": place,
                "label": [step["vi"], step["en"]],
                "key": f"{place:02d}",
                "start": start,
                "end": end,
                "bits": f"{step['bits']:+.1f}",
                "tip": max(start, end),
                "colour": LEGEND["total" if is_total else "for" if step["bits"] >= 0 else "against"],
            }
        )
    return bars


def draw(explanation: Mapping[str, Any], out: Path) -> None:
    """Write the chart of an explanation (`steps.explain`): one panel for each weighed person."""
    panels = [pair for pair in explanation["pairs"] if pair.get("waterfall")]
    import altair as alt  # half a second to import

    charts = [_panel(alt, pair, explanation["thresholds"]) for pair in panels]
    title = alt.TitleParams(
        [f"Bản ghi {explanation['record_id']} (record)", *_sentence(explanation)], anchor="start", fontSize=14
    )
    chart = alt.vconcat(*charts, title=title).resolve_scale(x="shared").configure_view(strokeWidth=0)
    chart = chart.configure_axis(labelFontSize=11, titleFontSize=12).configure_legend(orient="bottom", title=None)
    if out.suffix.lower() == ".html":
        out.write_text(_page(chart), encoding="utf-8")
    else:
        chart.save(str(out), scale_factor=2 if out.suffix.lower() == ".png" else 1)


def _page(chart: "alt.VConcatChart") -> str:
    """A page that needs no network: the picture itself."""
    import vl_convert

    picture = vl_convert.vegalite_to_svg(chart.to_dict())
    return f'<!doctype html><html lang="vi"><meta charset="utf-8"><title>Giải thích liên kết</title>{picture}</html>\n'


def _sentence(explanation: Mapping[str, Any]) -> list[str]:
    why, decision = explanation["why"], explanation["link"]["decision"]
    said = {"match": "khớp", "review": "chờ xem xét", "none": "chưa có trong dân cư"}
    return [f"{said[decision]}: {why['vi']}", f"{decision}: {why['en']}"]


def _panel(alt: Any, pair: Mapping[str, Any], thresholds: Mapping[str, float]) -> Any:
    bars = bars_of(pair["waterfall"])
    labels = {bar["key"]: bar["label"] for bar in bars}
    base = alt.Chart(alt.Data(values=bars))
    place = alt.Y(
        "key:N",
        sort=None,
        title=None,
        axis=alt.Axis(
            labelExpr=f"({_as_expression(labels)})[datum.label]",
            labelLimit=420,
            labelOffset=-7,
            ticks=False,
            domain=False,
        ),
    )
    shade = alt.Color("colour:N", scale=alt.Scale(domain=list(LEGEND.values()), range=list(COLOURS.values())))
    x = alt.X("start:Q", title="bit (log2 tỷ số khả năng — log2 of the likelihood ratio)", axis=alt.Axis(grid=True))
    rods = base.mark_bar(size=16).encode(y=place, x=x, x2="end:Q", color=shade)
    words, halo = (
        base.mark_text(align="left", dx=4, fontSize=11, **more).encode(y=place, x="tip:Q", text="bits:N")
        for more in ({}, {"stroke": "white", "strokeWidth": 4})
    )
    lines = [
        {"bits": thresholds["match"], "name": f"ngưỡng khớp (match) {thresholds['match']:g}", "side": "right"},
        {"bits": thresholds["review"], "name": f"ngưỡng xem xét (review) {thresholds['review']:g}", "side": "left"},
    ]
    rules = alt.Chart(alt.Data(values=lines)).mark_rule(strokeDash=[5, 3], color="#111").encode(x="bits:Q")
    named = [
        alt.Chart(alt.Data(values=[line]))
        .mark_text(align="left" if line["side"] == "right" else "right", dx=4 if line["side"] == "right" else -4, y=-7)
        .encode(x="bits:Q", text="name:N")
        for line in lines
    ]
    title = alt.TitleParams(_heading(pair), anchor="start", fontSize=12, fontWeight="normal", offset=14)
    return alt.layer(rods, rules, halo, words, *named).properties(width=WIDTH, height=ROW * len(bars), title=title)


def _heading(pair: Mapping[str, Any]) -> list[str]:
    role = {
        "linked": "Người được liên kết (linked person)",
        "candidate": "Ứng viên (candidate)",
        "runner_up": "Ứng viên thứ hai (runner-up)",
    }[pair["role"]]
    lead = "" if pair["lead"] is None else f" · cách biệt (lead) {pair['lead']:+.1f}"
    heading = [f"{role} {pair['person_id']}: trọng số (score) {pair['score']:.1f}{lead}"]
    if pair["veto"]:
        heading.append(f"Không tự khớp (veto): {pair['veto']['vi']} — {pair['veto']['en']}")
    return heading


def _as_expression(labels: Mapping[str, Sequence[str]]) -> str:
    return json.dumps(labels, ensure_ascii=False)
