#!/usr/bin/env python3
"""Measures the districting engine beside its peers; one checker scores every plan.

Nothing fails on a time. CPU seconds are of the division alone (no reading, no writing), of all threads. The peers
divide every zone by itself into as many areas as ours, and are given the zones ready-made.
"""
import argparse
import functools
import json
import os
import pathlib
import platform
import random
import secrets
import subprocess
import tempfile
import time

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Iterations per unit that take about 2 and 10 CPU seconds for 100,000 units on one slow core.
SHORT, LONG = 26, 165


class Instance:
    """An instance file, as arrays."""

    def __init__(self, path):
        data = json.loads(pathlib.Path(path).read_text())
        units = data["units"]
        self.path, self.name, self.data = str(path), data["name"], data
        self.weight = np.array([u["weight"] for u in units], dtype=np.int64)
        self.xy = np.array([[u["x"], u["y"]] for u in units], dtype=float)
        self.zone = np.unique([str(u.get("zone", "")) for u in units], return_inverse=True)[1]
        groups = [str(u.get("group", i)) for i, u in enumerate(units)]
        self.group = np.unique(groups, return_inverse=True)[1]
        self.edges = np.array([e[:2] for e in data["edges"]], dtype=np.int64)
        self.limits = (data["L"], data["U"]) if "L" in data else None


def check(instance, area):
    """Scores a plan from instance and assignment alone."""
    w, zone, edges = instance.weight, instance.zone, instance.edges
    area = np.unique(np.asarray(area), return_inverse=True)[1]
    count = area.max() + 1
    load = np.bincount(area, weights=w, minlength=count)
    zone_of = np.full(count, -1)
    zone_of[area] = zone
    crossing = len(np.unique(np.stack([area, zone], 1), axis=0)) - count
    areas_of_zone = np.bincount(zone_of, minlength=zone.max() + 1)
    mean = np.bincount(zone, weights=w) / np.maximum(1, areas_of_zone)
    off = np.abs(load - mean[zone_of]) / np.maximum(mean[zone_of], 1e-9)
    cut = area[edges[:, 0]] != area[edges[:, 1]]
    inside = edges[~cut]
    graph = sp.coo_matrix((np.ones(len(inside)), (inside[:, 0], inside[:, 1])), shape=(len(w), len(w)))
    part = connected_components(graph, directed=False)[1]
    pieces = np.bincount(np.unique(np.stack([area, part], 1), axis=0)[:, 0], minlength=count)
    sums = [np.bincount(area, weights=w * instance.xy[:, axis], minlength=count) for axis in (0, 1)]
    centre = np.stack(sums, 1) / np.maximum(load, 1)[:, None]
    square = ((instance.xy - centre[area]) ** 2).sum(1)
    nearest = np.full(count, np.inf)
    np.minimum.at(nearest, area, square)
    inertia = float((w * square).sum())
    parts = np.unique(np.stack([instance.group, area], 1), axis=0)
    result = {
        "areas": int(count), "worst": float(off.max()), "mean": float(off.mean()), "beyond_5": float((off > 0.05).mean()),
        "zone_worst": {int(z): float(off[zone_of == z].max()) for z in np.unique(zone_of[off > 0.05])},
        "disconnected": int((pieces > 1).sum()), "crossing": int(crossing), "cut": int(cut.sum()),
        "rms_m": float(np.sqrt(inertia / w.sum())), "medoid": inertia + float((load * nearest).sum()),
        "extra_parts": int(len(parts) - instance.group.max() - 1),
    }
    if instance.limits:
        least, most = instance.limits
        result["outside_limits"] = int(((load < least) | (load > most)).sum())
    return result


def ours(bench, instance, effort, seed, mode="free", goal="balance", threads=None):
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        command = [bench, "run", instance.path, str(effort), str(seed), mode, goal, out.name] + ([str(threads)] if threads else [])
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
        plan = json.loads(pathlib.Path(out.name).read_text())
    figures = json.loads(done.stdout)
    result = check(instance, plan["assignment"]) | figures
    result["assignment"] = plan["assignment"]
    result["bound"] = {}
    zones = {z: i for i, z in zip(instance.zone, [u.get("zone", "") for u in instance.data["units"]])}
    for zone, _, _, bound in plan["zones"]:
        result["bound"][zone] = max(result["bound"].get(zone, 0), bound / 1e4)
    result["number_of_zone"] = zones
    return result


def zones_of(instance, like):
    """Every zone as (units, local edges, number of areas)."""
    order = np.argsort(instance.zone, kind="stable")
    starts = np.searchsorted(instance.zone[order], np.arange(instance.zone.max() + 2))
    local = np.empty(len(order), dtype=np.int64)
    local[order] = np.arange(len(order)) - starts[instance.zone[order]]
    edge_zone = instance.zone[instance.edges[:, 0]]
    by_zone = np.argsort(edge_zone, kind="stable")
    edge_starts = np.searchsorted(edge_zone[by_zone], np.arange(instance.zone.max() + 2))
    for zone in range(instance.zone.max() + 1):
        units = order[starts[zone]:starts[zone + 1]]
        edges = local[instance.edges[by_zone[edge_starts[zone]:edge_starts[zone + 1]]]]
        yield units, edges, len(np.unique(like[units]))


def csr(n, edges):
    ends = np.concatenate([edges, edges[:, ::-1]])
    ends = ends[np.lexsort((ends[:, 1], ends[:, 0]))]
    return np.searchsorted(ends[:, 0], np.arange(n + 1)).astype(np.int32), ends[:, 1].astype(np.int32)


def metis(ufactor, recursive, weights, first, others, k, _seed):
    import pymetis
    options = pymetis.Options(ufactor=ufactor, seed=1) if recursive else pymetis.Options(ufactor=ufactor, contig=1, seed=1)
    adjacency = pymetis.CSRAdjacency(first, others)
    return pymetis.part_graph(k, adjacency, vweights=weights.tolist(), recursive=recursive, options=options)[1]


def kahip(imbalance, mode, weights, first, others, k, seed):
    import kahip as library
    ones = np.ones(len(others), np.int32)
    return library.kaffpa(weights.astype(np.int32), first, ones, others, k, imbalance, True, seed, getattr(library, mode))[1]


def gerrychain(band, weights, first, others, k, seed):
    import networkx as nx
    from gerrychain.tree import recursive_tree_part, bipartition_tree
    from gerrychain import Graph
    graph = nx.Graph()
    graph.add_nodes_from((i, {"pop": int(w)}) for i, w in enumerate(weights))
    graph.add_edges_from((i, int(j)) for i in range(len(weights)) for j in others[first[i]:first[i + 1]])
    random.seed(seed)
    mean = weights.sum() / k
    for widen in (1, 2, 4, 8, 16):
        try:
            method = functools.partial(bipartition_tree, max_attempts=300)
            parts = recursive_tree_part(Graph.from_networkx(graph), range(k), mean, "pop", band * widen, method=method)
            return [parts[i] for i in range(len(weights))]
        except Exception:  # it gives up on tight bands; a wider one is its answer
            continue
    return [0] * len(weights)


def peer(instance, like, divide, seed=1):
    like = np.asarray(like)
    plan = np.zeros(len(like), dtype=np.int64)
    prepared = [(units, *csr(len(units), edges), k) for units, edges, k in zones_of(instance, like)]
    used, offset = time.process_time(), 0
    for units, first, others, k in prepared:
        part = divide(instance.weight[units], first, others, k, seed) if k > 1 else [0] * len(units)
        plan[units] = np.asarray(part) + offset
        offset += k
    used = time.process_time() - used
    return check(instance, plan) | {"cpu_s": used, "assignment": plan}


PEERS = {
    "METIS k-way contiguous, ufactor 30": functools.partial(metis, 30, False),
    "METIS k-way contiguous, ufactor 1": functools.partial(metis, 1, False),
    "METIS recursive bisection": functools.partial(metis, 1, True),
    "KaHIP eco 3 %": functools.partial(kahip, 0.03, "ECO"),
    "KaHIP eco 1 %": functools.partial(kahip, 0.01, "ECO"),
}


class Tables:
    def __init__(self):
        self.text = []

    def say(self, line=""):
        self.text.append(line)
        print(line, flush=True)

    def head(self, *names):
        self.say("| " + " | ".join(names) + " |")
        self.say("|" + "---|" * len(names))

    def row(self, *cells):
        self.say("| " + " | ".join(str(cell) for cell in cells) + " |")


def percent(value, digits=2):
    return f"{100 * value:.{digits}f} %"


def plan_row(tables, name, r, metis=None):
    ratio = lambda key: f"{r[key]:,.0f}" + (f" ({r[key] / metis[key]:.3f})" if metis else "")
    rms = f"{r['rms_m']:.1f}" + (f" ({r['rms_m'] / metis['rms_m']:.3f})" if metis else "")
    tables.row(name, f"{r['cpu_s']:.2f}", f"{r['areas']:,}", percent(r["worst"]), percent(r["mean"]), percent(r["beyond_5"]),
               r["disconnected"], ratio("cut"), rms, f"{r['extra_parts']:,}")


HEAD = ("", "CPU s", "areas", "worst", "mean", "beyond ±5 %", "disconnected", "cut edges", "rms radius m", "extra compound parts")


def make_city(bench, folder, units, seed):
    path = pathlib.Path(folder) / f"city-{units}-{seed}.json"
    subprocess.run([bench, "city", str(units), str(seed), str(path)], stdout=subprocess.DEVNULL, check=True)
    return Instance(path)


def beyond_bound(result):
    """Zones beyond 5 % and beyond their certified bound."""
    numbers = result["number_of_zone"]
    bound = {numbers[z]: b for z, b in result["bound"].items() if z in numbers}
    return [(z, worst, bound.get(z, 0)) for z, worst in result["zone_worst"].items() if worst > max(0.05, bound.get(z, 0)) + 1e-3]


def cities(tables, bench, folder, units, seeds):
    tables.say(f"## Cities of {units:,} buildings, target 500 households, compounds free\n")
    worst = {SHORT: [], LONG: []}
    for seed in seeds:
        city = make_city(bench, folder, units, seed)
        tables.say(f"Seed {seed}: {city.weight.sum():,} households, {city.zone.max() + 1:,} zones. In brackets: ratio to METIS k-way, ufactor 30.\n")
        tables.head(*HEAD)
        found = {effort: ours(bench, city, effort, seed) for effort in (SHORT, LONG)}
        names = list(PEERS) if seed == seeds[0] else list(PEERS)[:1]
        base = None
        for name in names:
            r = peer(city, found[LONG]["assignment"], PEERS[name])
            base = base or r
            plan_row(tables, name, r, base)
        for effort, r in found.items():
            plan_row(tables, f"Gridkeeper, effort {effort}", r, base)
            worst[effort].append(r["worst"])
        if seed == seeds[0]:
            for mode in ("prefer", "whole"):
                r = ours(bench, city, SHORT, seed, mode)
                plan_row(tables, f"Gridkeeper, compounds {mode} (bound on extra parts {r['pieces_bound']:,}), effort {SHORT}", r, base)
        left = beyond_bound(found[LONG])
        tables.say(f"\nZones beyond both 5 % and their bound at effort {LONG}: {len(left)}"
                   + "".join(f"; zone {z}: {percent(w)}, bound {percent(b)}" for z, w, b in left) + "\n")
    for effort, values in worst.items():
        tables.say(f"Worst deviation at effort {effort}, {len(values)} seeds: median {percent(float(np.median(values)))}, worst {percent(max(values))}.")
    tables.say()


def million(tables, bench, folder):
    tables.say("## A city of 1,000,000 buildings\n")
    city = make_city(bench, folder, 1_000_000, 1)
    tables.head(*HEAD)
    r = ours(bench, city, 20, 1)
    base = peer(city, r["assignment"], PEERS["METIS k-way contiguous, ufactor 30"])
    plan_row(tables, "METIS k-way contiguous, ufactor 30", base)
    plan_row(tables, f"Gridkeeper, effort 20, {r['peak_mb']:,.0f} MB", r, base)
    tables.say()


def small(tables, bench, folder):
    tables.say("## A city of 1,000 buildings, with GerryChain\n")
    city = make_city(bench, folder, 1_000, 1)
    tables.head(*HEAD)
    r = ours(bench, city, 500, 1)
    plan_row(tables, "GerryChain recursive tree part, 5 %", peer(city, r["assignment"], functools.partial(gerrychain, 0.05)))
    plan_row(tables, "METIS k-way contiguous, ufactor 30", peer(city, r["assignment"], PEERS["METIS k-way contiguous, ufactor 30"]))
    plan_row(tables, "Gridkeeper, effort 500", r)
    tables.say()


def published(tables, bench, folder):
    files = sorted(pathlib.Path(folder).glob("*.json"))
    for goal, objective, effort, figure in (("cut", "cut_edges", 20_000, "cut"), ("inertia", "inertia_medoid", 60_000, "medoid")):
        tables.say(f"## Published instances: {goal}\n")
        bounded = goal == "inertia"
        if bounded:
            tables.say("Bound: no plan of connected areas within the limits has less (Lagrange); its time is counted.\n")
        tables.head("instance", "units", "areas", "published", "proven", "ours", "gap", *(["bound ÷ ours"] if bounded else []),
                    "areas outside limits", "disconnected", "CPU s")
        gaps = []
        for file in files:
            instance = Instance(file)
            best = next((p for p in instance.data.get("published") or [] if p["objective"] == objective), None)
            if not best:
                continue
            r = ours(bench, instance, max(300, effort * 60 // len(instance.weight)) if len(instance.weight) > 1000 else effort, 1, "free", goal)
            value = best.get("value_our_units", best["value"])
            gap = r[figure] / value - 1
            gaps.append(max(0.0, gap))
            tables.row(instance.name, len(instance.weight), r["areas"], f"{value:,.5g}", "yes" if best.get("proven_optimal") else "no",
                       f"{r[figure]:,.5g}", percent(gap), *([percent((r["inertia_bound_m2"] or 0) / r[figure])] if bounded else []),
                       r["outside_limits"], r["disconnected"], f"{r['cpu_s']:.2f}")
        tables.say(f"\nMean of the gaps above 0: {percent(float(np.mean(gaps)))}.\n")


def changed(weight, today, area):
    """Households whose area is not the heir of their area of today: largest overlap first."""
    pairs, at = np.unique(np.stack([today, np.asarray(area)], 1), axis=0, return_inverse=True)
    overlap = np.bincount(at.ravel(), weights=weight)
    kept, old, new = 0, set(), set()
    for i in np.argsort(-overlap, kind="stable"):
        a, b = pairs[i]
        if a not in old and b not in new:
            old.add(a), new.add(b)
            kept += overlap[i]
    return int(weight.sum() - kept)


def later(instance, folder, name, today, factor):
    """The instance with other household counts and today's areas."""
    data = dict(instance.data, name=name, units=[
        dict(u, weight=int(round(u["weight"] * f)), current=int(a)) for u, f, a in zip(instance.data["units"], factor, today)])
    path = pathlib.Path(folder) / "later.json"
    path.write_text(json.dumps(data))
    return Instance(path)


def changes(tables, bench, folder, units):
    tables.say("## After household counts change\n")
    tables.say("A plan of ours (compounds free); then the households of every building change by up to ±5 %, or those of one building in\n"
               "ten by ±30 %. How many households change their area (areas matched by largest overlap) until all areas are within ±5 %\n"
               "again, where they can be. The flow bound counts households, which could move one by one; buildings move whole.\n")
    city = make_city(bench, folder, units, 1)
    today = np.asarray(ours(bench, city, LONG, 1)["assignment"])
    rng = np.random.default_rng(1)
    drawn = rng.random(units)
    cases = {"every building ±5 %": rng.uniform(0.95, 1.05, units),
             "one building in ten ±30 %": np.where(drawn < 0.05, 0.7, np.where(drawn < 0.1, 1.3, 1.0))}
    for name, factor in cases.items():
        now = later(city, folder, name, today, factor)
        before = check(now, today)
        with tempfile.NamedTemporaryFile(suffix=".json") as out:
            done = subprocess.run([bench, "change", now.path, "40", "1", out.name], stdout=subprocess.PIPE, check=True)
            plan = json.loads(pathlib.Path(out.name).read_text())["assignment"]
        figures = json.loads(done.stdout)
        flow = figures["flow"]
        tables.say(f"{name}: {int(now.weight.sum()):,} households; proved bound {figures['bound']:,}, flow bound {flow:,}.\n")
        tables.head("", "CPU s", "worst", "areas beyond ±5 %", "disconnected", "households changed", "of all", "÷ flow bound")

        def row(label, r, moved, cpu):
            tables.row(label, cpu, percent(r["worst"]), round(r["beyond_5"] * r["areas"]), r["disconnected"], f"{moved:,}",
                       percent(moved / now.weight.sum()), f"{moved / max(1, flow):.2f}")

        row("nobody moves", before, 0, "–")
        row("Gridkeeper, few changes, effort 40", check(now, plan), changed(now.weight, today, plan), f"{figures['cpu_s']:.2f}")
        fresh = peer(now, today, PEERS["METIS k-way contiguous, ufactor 30"])
        row("METIS k-way contiguous, ufactor 30, afresh", fresh, changed(now.weight, today, fresh["assignment"]), f"{fresh['cpu_s']:.2f}")
        zones = [(moved / bound, moved, bound) for worst, moved, bound in figures["zones"] if bound and worst <= 500]
        ratios = sorted(zones)
        if ratios:
            ratio, moved, bound = ratios[-1]
            tables.say(f"\nZones that must change and are within ±5 % again: {len(ratios)}; median ratio {ratios[len(ratios) // 2][0]:.2f}, "
                       f"worst {ratio:.1f} ({moved:,} for {bound:,}).\n")


def editing(tables, bench, folder, units):
    city = make_city(bench, folder, units, 1)
    done = subprocess.run([bench, "redraw", str(city.path)], stdout=subprocess.PIPE, check=True)
    r = json.loads(done.stdout)
    tables.say("## Editing by hand\n")
    tables.say(f"A plan of {r['units']:,} buildings in {r['areas']:,} areas; {r['edits']} random moves across a border, each with its figures,\n"
               "undone again. Balancing searches the areas of the move and their neighbours, eight in all; the best next move is sought\n"
               f"in the whole city. {r['bettered']} of {r['edits']} neighbourhoods were bettered. CPU milliseconds in the process.\n")
    tables.head("", "median", "99th percentile")
    for name, key in (("a move or its undo, with all figures", "move"), ("balancing eight areas anew", "rebalance"),
                      ("the best next move of the city", "best_move")):
        tables.row(name, f"{r[key]['median']:.3f}", f"{r[key]['p99']:.3f}")
    tables.say()


def proofs(tables, bench):
    done = subprocess.run([bench, "proofs", "50"], stdout=subprocess.PIPE, check=True)
    r = json.loads(done.stdout)
    tables.say("## Proofs\n")
    tables.say(f"{r['zones']} generated zones of 35 to 45 units, a fifth of them heavy, in 6 or 7 areas: {r['proved']} plans proved optimal; "
               f"CPU seconds with search and proof: mean {r['mean_s']:.2f}, most {r['most_s']:.2f}.\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--instances", help="folder with instances as JSON that state published values")
    parser.add_argument("--units", type=int, default=100_000, help="buildings of the cities")
    parser.add_argument("--seeds", type=int, default=5, help="how many cities, besides the one drawn now")
    parser.add_argument("--only", help="comma-separated parts: small,cities,changes,editing,proofs,million,published")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    args = parser.parse_args()
    parts = args.only.split(",") if args.only else ["small", "cities", "changes", "editing", "proofs", "million", "published"]
    drawn = secrets.randbelow(10**6)
    tables = Tables()
    tables.say("# Districting beside its peers\n")
    tables.say("Made by `make bench-districting`: everything in one run, CPU seconds of the division alone, one independent checker\n"
               "(`scripts/bench_districting.py`, `check`). Deviation is from the zone's own mean. The peers divide every zone by itself\n"
               "into as many areas as ours; disconnected areas are counted, not mended.\n")
    tables.say(f"{time.strftime('%F')}, {os.cpu_count()} cores ({platform.machine()}), load {os.getloadavg()[0]:.1f}; city drawn at run time: seed {drawn}.\n")
    with tempfile.TemporaryDirectory() as folder:
        if "small" in parts:
            small(tables, args.bench, folder)
        if "cities" in parts:
            cities(tables, args.bench, folder, args.units, [*range(1, args.seeds + 1), drawn])
        if "changes" in parts:
            changes(tables, args.bench, folder, args.units)
        if "editing" in parts:
            editing(tables, args.bench, folder, args.units)
        if "proofs" in parts:
            proofs(tables, args.bench)
        if "million" in parts:
            million(tables, args.bench, folder)
    if "published" in parts and args.instances:
        published(tables, args.bench, args.instances)
    if args.write:
        (ROOT / "docs/benchmarks.md").write_text("\n".join(tables.text) + "\n")


if __name__ == "__main__":
    main()
