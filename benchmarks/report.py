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
from benchmarks.workloads import CLAIMS, WORKLOADS, Claim, Dataset

README = Path(__file__).parents[1] / "README.md"
MARKERS = ("<!-- benchmarks -->", "<!-- /benchmarks -->")
Json = dict[str, Any]


# --- figures ------------------------------------------------------------------------


def summarise(runs: list[Json], shrink: int) -> Json:
    """Everything that is told, from the runs."""
    works = {}
    for workload in WORKLOADS:
        rows = workload.shrunk(shrink).data.rows
        mine = [r for r in runs if r["workload"] == workload.name]
        tools = {
            tool: _tool([r for r in mine if r["tool"] == tool], rows)
            for tool in workload.tools
            if any(r["tool"] == tool for r in mine)
        }
        for found in tools.values():
            found["times_scan"] = _ratio(found, tools.get("scan"), "seconds")
            found["connhub_over_it"] = _ratio(tools.get("connhub"), found, "seconds")
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
        "claims": [_claim(claim, works, judge=shrink == 1) for claim in CLAIMS],
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


def _claim(claim: Claim, works: Json, *, judge: bool) -> Json:
    def find(where: tuple[str, str] | None) -> Json | None:
        if where is None:
            return {"status": "done", "memory": 1e9}  # in GB
        return works.get(where[0], {}).get("tools", {}).get(where[1])

    value = _ratio(find(claim.of), find(claim.against), claim.measure)
    verdict = "not measured"
    if value is not None:
        within = "aim" if round(value, 2) <= claim.aim else "must"
        verdict = within if round(value, 2) <= claim.must else "missed"
    told = verdict if judge or value is None else "not judged at this size"
    bounds = {"must": claim.must, "aim": claim.aim}
    return {"work": claim.work, "value": value} | bounds | {"met": told}


def scaling(works: Json) -> Json:
    """Points of each tool over sizes, and the exponent b of rows ** b fitted to them."""
    found: Json = {}
    for workload in WORKLOADS:
        if workload.mode != "warm" or workload.data != Dataset(workload.data.rows):
            continue
        for tool in ("connhub", "polars", "duckdb", "pandas"):
            told = works.get(workload.name, {}).get("tools", {}).get(tool)
            if told is not None and told["status"] == "done":
                rows = works[workload.name]["rows"]
                found.setdefault(tool, {"points": []})["points"].append(
                    {"rows": rows, "seconds": told["seconds"], "memory": told["memory"]}
                )
    for tool in found.values():
        tool["points"].sort(key=lambda point: point["rows"])
        for measure in ("seconds", "memory"):
            tool[f"{measure}_exponent"] = _exponent(tool["points"], measure)
    return found


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
    return {p: installed(p) for p in packages if installed(p) != "absent"}


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
        claims_table(results),
        "Seconds, CPU seconds and memory are medians of the runs. *Times scan*: seconds over those "
        "of a bare scan of the same columns by pyarrow. *connhub over it*: connhub's seconds over "
        "this tool's. The difference is the largest from the exact answer, over all firms, columns "
        "and runs. pandas stops at 50M rows: it holds the whole table in memory.",
    ]
    for work in results["workloads"].values():
        parts += [f"## {work['title'] if results['national'] else _smaller(work)}", _table(work)]
    return "\n\n".join(parts) + "\n"


def _smaller(work: Json) -> str:
    return f"{work['rows']:,} rows, for: {work['title']}"


def conditions(results: Json) -> str:
    """Where it was measured, with which versions."""
    m = results["machine"]
    packages = ", ".join(f"{name} {number}" for name, number in results["versions"].items())
    size = "" if results["national"] else f" Sizes and firms divided by {results['shrink']}."
    return (
        f"{m['processors']} processors ({m['model']}), {m['memory_gib']} GiB, {m['system']}, "
        f"Python {m['python']}; {packages}.{size}"
    )


def claims_table(results: Json) -> str:
    """Must, aim and what was measured."""
    lines = ["| work | measured | must | aim | met |", "|---|---:|---:|---:|---|"]
    for claim in results["claims"]:
        value = "–" if claim["value"] is None else f"{claim['value']:.2f}"
        lines.append(
            f"| {claim['work']} | {value} | {claim['must']:g} | {claim['aim']:g} | {claim['met']} |"
        )
    return "\n".join(lines)


def _table(work: Json) -> str:
    head = (
        "tool", "seconds", "CPU s", "peak GB", "M rows/s", "times scan", "connhub over it", "runs",
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
            _number(tool["connhub_over_it"]),
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
    """What the README shows."""
    exact = "Every run of every tool gave the exact answer, to the unit."
    return "\n\n".join(
        [
            "*Warm* is the second `analyze` in a process; *whole* a process from its start to the "
            "degrees written. Figures are connhub's seconds over the peer's, or memory.",
            claims_table(results),
            conditions(results) + (" " + exact if results["exact"] else ""),
            f"![rows against seconds and memory](benchmarks/results/{name}.png)",
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
    colours = {"connhub": "#c2410c", "polars": "#2563eb", "duckdb": "#a16207", "pandas": "#6b7280"}

    def panel(measure: str, title: str, unit: float) -> Any:
        fitted = {t: round(s[f"{measure}_exponent"], 2) + 0.0 for t, s in tools.items()}  # no -0.0
        labels = {t: f"{t}, n^{exponent:.2f}" for t, exponent in fitted.items()}
        points = [
            {"tool": labels[t], "rows": p["rows"], "value": p[measure] / unit}
            for t, s in tools.items()
            for p in s["points"]
        ]
        sizes, values = [p["rows"] for p in points], [p["value"] for p in points]
        colour = alt.Scale(domain=list(labels.values()), range=[colours[t] for t in tools])
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
                color=alt.Color("tool:N", scale=colour, legend=legend),
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
