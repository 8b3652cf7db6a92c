"""Results as JSON, tables and a plot."""

from __future__ import annotations

import json
import math
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.peers import TOOLS
from benchmarks.workloads import WORKLOADS, Dataset, Workload
from connhub.release import VERSION

README = Path(__file__).parents[1] / "README.md"
MARKERS = ("<!-- benchmarks -->", "<!-- /benchmarks -->")
Json = dict[str, Any]


# --- figures ------------------------------------------------------------------------


def summarise(runs: list[Json], shrink: int) -> Json:
    """All results, from the runs."""
    works = {}
    for workload in WORKLOADS:
        rows = workload.shrunk(shrink).data.rows
        mine = [r for r in runs if r["workload"] == workload.name]
        tools = {
            tool: _tool([r for r in mine if r["tool"] == tool], rows)
            for tool in workload.tools
            if any(r["tool"] == tool for r in mine)
        }
        ours = next((tools[name] for name in README_COLUMNS["connhub"] if name in tools), None)
        for found in tools.values():
            found["times_scan"] = _ratio(found, tools.get("scan"), "seconds")
            found["connhub_ratio"] = _ratio(ours, found, "seconds")
        if tools:
            works[workload.name] = {
                "title": workload.title,
                "rows": rows,
                "mode": workload.mode,
                "tools": tools,
            }
    done = [t for w in works.values() for t in w["tools"].values()]
    return {
        "national": shrink == 1,
        "shrink": shrink,
        "machine": machine(),
        "versions": versions(),
        "exact": all(t["status"] == "done" and not t.get("difference") for t in done),
        "workloads": works,
        "scaling": scaling(works),
    }


def _tool(runs: list[Json], rows: int) -> Json:
    wrong = [r["status"] for r in runs if r["status"] != "done"]
    if wrong:
        return {"status": wrong[0], "runs": len(runs)}
    seconds = median(r["seconds"] for r in runs)
    found: Json = {
        "status": "done",
        "seconds": seconds,
        "cpu": median(r["cpu"] for r in runs),
        "memory": median(r["peak"] for r in runs),
        "rows_per_second": rows / seconds,
        "runs": [{k: r[k] for k in ("seconds", "cpu", "peak")} for r in runs],
    }
    if "difference" in runs[0]:
        found["difference"] = max(r["difference"] for r in runs)
        found["degree_difference"] = max(r["degree_difference"] for r in runs)
    return found


def _ratio(mine: Json | None, base: Json | None, measure: str) -> float | None:
    if any(tool is None or tool["status"] != "done" for tool in (mine, base)):
        return None
    return float(mine[measure] / base[measure])


def scaling(works: Json) -> Json:
    """Points of each tool over sizes, and the exponent b of rows ** b fitted to them."""
    found: Json = {}
    for workload in WORKLOADS:
        if not _of_size_series(workload):
            continue
        for tool in ("connhub", "polars", "duckdb", "pandas"):
            found_tool = works.get(workload.name, {}).get("tools", {}).get(tool)
            if found_tool is not None and found_tool["status"] == "done":
                rows = works[workload.name]["rows"]
                found.setdefault(tool, {"points": []})["points"].append(
                    {"rows": rows} | {key: found_tool[key] for key in ("seconds", "memory")}
                )
    for tool in found.values():
        tool["points"].sort(key=lambda point: point["rows"])
        for measure in ("seconds", "memory"):
            tool[f"{measure}_exponent"] = _exponent(tool["points"], measure)
    return found


def _of_size_series(workload: Workload) -> bool:
    """Whether a workload differs from the plain one by the number of rows only."""
    return workload.mode == "warm" and workload.data == Dataset(workload.data.rows)


def _exponent(points: list[Json], measure: str) -> float | None:
    """Slope of the least-squares line through the logarithms."""
    if len(points) < 2:
        return None
    x = [math.log(p["rows"]) for p in points]
    y = [math.log(p[measure]) for p in points]
    middle = sum(x) / len(x)
    return sum((a - middle) * b for a, b in zip(x, y, strict=True)) / sum(
        (a - middle) ** 2 for a in x
    )


# --- what it was measured on --------------------------------------------------------


def machine() -> Json:
    """Processor, memory, system and Python; nothing that names the machine."""
    model = platform.processor()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text("utf-8").splitlines()
        model = next((x.split(":")[1].strip() for x in lines if x.startswith("model name")), model)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    release = Path("/etc/os-release")
    system = platform.system()
    if release.exists():
        named = dict(x.split("=", 1) for x in release.read_text("utf-8").splitlines() if "=" in x)
        system = named.get("PRETTY_NAME", system).strip('"')
    return {
        "processors": os.cpu_count(),
        "model": model,
        "memory_gib": round(memory / 2**30),
        "system": system,
        "python": platform.python_version(),
    }


def versions() -> Json:
    """Versions of everything that was measured and is installed."""
    packages = sorted({p for tool in TOOLS.values() for p in tool.packages})
    found = {p: installed(p) for p in packages if installed(p) != "absent"}
    return {**found, "connhub": VERSION}  # the source that runs, whatever was installed before


def installed(package: str) -> str:
    """Version of a package, or ``absent``."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


# --- tables -------------------------------------------------------------------------


def markdown(results: Json) -> str:
    """All tables."""
    parts = [
        "# Benchmarks",
        conditions(results),
        "*Warm* times the second `analyze` of a process; *whole* times a process from its start "
        "to the written degrees. Seconds, CPU seconds and memory are medians of the runs. *Times "
        "scan* is the ratio to a plain scan of the same columns by pyarrow; *connhub / tool* is "
        "the ratio of connhub's seconds to those of the tool. *Difference* is the largest "
        "difference from the exact answer, over all firms, columns and runs. pandas is measured up "
        "to 50M rows, because it holds the whole table in memory.",
    ]
    for work in results["workloads"].values():
        parts += [f"## {_title(work, results)}", _table(work)]
    return "\n\n".join(parts) + "\n"


def conditions(results: Json) -> str:
    """Where it was measured, with which versions."""
    m = results["machine"]
    packages = ", ".join(f"{name} {number}" for name, number in results["versions"].items())
    size = "" if results["national"] else f" Sizes and firms divided by {results['shrink']}."
    return (
        f"{m['processors']} processors ({m['model']}), {m['memory_gib']} GiB, {m['system']}, "
        f"Python {m['python']}; {packages}.{size}"
    )


README_COLUMNS = {
    "connhub": ("connhub", "connhub-spark", "connhub-pairs"),
    "Polars": ("polars", "polars-pairs"),
    "DuckDB": ("duckdb",),
    "pandas": ("pandas",),
    "Spark": ("spark",),
}
"""Columns of the table of the README, and the tools that stand in each."""
OTHER_WAYS = {
    "connhub-prepared": "the same, from a prepared table",
    "connhub-spark-frame": "the same, from a Spark DataFrame",
    "connhub-by-region": 'the same, `grain="firms_by_region"`',
}
"""What connhub does besides, at the same work."""


def summary_table(results: Json) -> str:
    """Seconds and peak memory, a line for each workload; the series of sizes comes first."""
    lines = [
        f"| work | {' | '.join(README_COLUMNS)} |",
        "|---" + "|---:" * len(README_COLUMNS) + "|",
    ]
    series = {w.name for w in WORKLOADS if _of_size_series(w)}
    works = sorted(
        results["workloads"].items(),
        key=lambda item: (item[0] not in series, item[1]["rows"] if item[0] in series else 0),
    )
    for _, work in works:
        tools = work["tools"]
        cells = [
            next((_cell(name, tools[name]) for name in names if name in tools), "–")
            for names in README_COLUMNS.values()
        ]
        lines.append(f"| {_title(work, results)} | {' | '.join(cells)} |")
        lines += [
            f"| {title} | {_cell(name, tools[name])} |" + " – |" * (len(README_COLUMNS) - 1)
            for name, title in OTHER_WAYS.items()
            if name in tools
        ]
    return "\n".join(lines)


def _cell(name: str, tool: Json) -> str:
    if tool["status"] != "done":
        return str(tool["status"])
    memory = "" if "spark" in name else f", {tool['memory'] / 1e9:.2f} GB"
    return f"{tool['seconds']:.2f} s{memory}"


def _title(work: Json, results: Json) -> str:
    return str(work["title"]) if results["national"] else f"{work['rows']:,} rows: {work['title']}"


def _table(work: Json) -> str:
    head = (
        "tool", "seconds", "CPU s", "peak GB", "M rows/s", "times scan", "connhub / tool", "runs",
        "difference",
    )  # fmt: skip
    lines = [f"| {' | '.join(head)} |", "|---" + "|---:" * (len(head) - 1) + "|"]
    for name, tool in work["tools"].items():
        if tool["status"] != "done":
            lines.append(f"| {name} | {tool['status']} |" + " |" * (len(head) - 2))
            continue
        spark = "spark" in name  # most of its work is in processes of its own
        cells = [
            f"{tool['seconds']:.2f}",
            "–" if spark else f"{tool['cpu']:.2f}",
            "–" if spark else f"{tool['memory'] / 1e9:.2f}",
            f"{tool['rows_per_second'] / 1e6:.1f}",
            _number(tool["times_scan"]),
            _number(tool["connhub_ratio"]),
            str(len(tool["runs"])),
            _difference(tool),
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _difference(tool: Json) -> str:
    if "difference" not in tool:
        return "–"
    relative = tool["degree_difference"]
    return f"{tool['difference']}" + (f" (degrees {relative:.0e})" if relative else "")


def readme_section(results: Json, name: str) -> str:
    """The part of the README between the markers."""
    exact = " Every run of every tool gave the exact answer." if results["exact"] else ""
    return "\n\n".join(
        [
            "Seconds and peak memory, medians of the runs. Unless a line says *whole*, the second "
            "run inside a process is timed; *whole* is a process from its start to the written "
            "degrees.",
            summary_table(results),
            f"Measured on {conditions(results)}{exact}",
            f"![Rows against seconds and memory](benchmarks/results/{name}.png)",
            f"All figures: [benchmarks/results/{name}.md](benchmarks/results/{name}.md).",
        ]
    )


def insert(text: str, section: str) -> str:
    """Text with the section between its markers."""
    start, end = (text.index(marker) for marker in MARKERS)
    return f"{text[: start + len(MARKERS[0])]}\n{section}\n{text[end:]}"


# --- plot ---------------------------------------------------------------------------


def plot(results: Json) -> Any:
    """Rows against seconds and memory, log-log; None where no tool has two sizes."""
    import altair as alt

    tools = {t: s for t, s in results["scaling"].items() if s["seconds_exponent"] is not None}
    if not tools:
        return None
    colors = {"connhub": "#c2410c", "polars": "#2563eb", "duckdb": "#a16207", "pandas": "#6b7280"}

    def panel(measure: str, title: str, unit: float) -> Any:
        fitted = {t: round(s[f"{measure}_exponent"], 2) + 0.0 for t, s in tools.items()}  # no -0.0
        labels = {t: f"{t}, n^{exponent:.2f}" for t, exponent in fitted.items()}
        points = [
            {"tool": labels[t], "rows": p["rows"], "value": p[measure] / unit}
            for t, s in tools.items()
            for p in s["points"]
        ]
        sizes, values = [p["rows"] for p in points], [p["value"] for p in points]
        color = alt.Scale(domain=list(labels.values()), range=[colors[t] for t in tools])
        x = alt.Scale(type="log", domain=[min(sizes) / 1.15, max(sizes) * 1.15], nice=False)
        y = alt.Scale(type="log", domain=[min(values) / 1.4, max(values) * 1.4], nice=False)
        axis = {"gridColor": "#e5e7eb", "domain": False, "ticks": False, "labelPadding": 6}
        rows = alt.Axis(title="rows", format="~s", values=_ticks(sizes, (1, 3)), **axis)
        upright = alt.Axis(title=title, format="~g", values=_ticks(values, (1, 2, 5)), **axis)
        legend = alt.Legend(title=None, orient="top", columns=2, labelLimit=200)
        return (
            alt.Chart(alt.Data(values=points))
            .mark_line(point=alt.OverlayMarkDef(size=45, filled=True), strokeWidth=2)
            .encode(
                x=alt.X("rows:Q", scale=x, axis=rows),
                y=alt.Y("value:Q", scale=y, axis=upright),
                color=alt.Color("tool:N", scale=color, legend=legend),
            )
            .properties(width=380, height=300)
        )

    both = panel("seconds", "seconds, warm", 1) | panel("memory", "peak memory, GB", 1e9)
    return both.resolve_scale(color="independent").configure_view(stroke=None)


def _ticks(values: list[float], steps: tuple[int, ...]) -> list[float]:
    """Round numbers around the values: on a log axis the usual ones crowd."""
    low, high = (math.floor(math.log10(v)) for v in (min(values), max(values)))
    return [step * 10.0**power for power in range(low, high + 2) for step in steps]


# --- files --------------------------------------------------------------------------


def write(results: Json, folder: Path, name: str) -> None:
    """Write ``name.json``, ``.md``, ``.png`` and ``.svg``; the README shows the national run."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(results, indent=1, ensure_ascii=False)
    (folder / f"{name}.json").write_text(text + "\n", "utf-8")
    (folder / f"{name}.md").write_text(markdown(results), "utf-8")
    chart = plot(results)
    if chart is not None:
        chart.save(folder / f"{name}.png", scale_factor=2)
        chart.save(folder / f"{name}.svg")
    if name == "national":
        text = README.read_text("utf-8")
        README.write_text(insert(text, readme_section(results, name)), "utf-8")
