"""A million issues: how fast a filter is answered, how fast reports are acknowledged. Part `issues` of scripts/bench.

The issues are written straight into the database, so that nothing is measured with what made it. Each is a copy of one
that the service made itself, with another place, time, category and end.
"""
import concurrent.futures
import http.client
import http.cookies
import json
import os
import pathlib
import random
import sqlite3
import statistics
import subprocess
import sys
import time
import urllib.parse
import uuid

ISSUES = int(os.environ.get("ISSUES", 1_000_000))
PEOPLE = 64
# What a sync is made to take where the disk of the machine takes nothing.
SLOW_MS = 5
HERE = pathlib.Path(__file__).resolve().parent
DAY_S = 86_400


class Browser:
    """One connection that stays, signed in as somebody of the demo."""

    def __init__(self, url, login=None):
        self.place = urllib.parse.urlparse(url).netloc
        self.http = http.client.HTTPConnection(self.place)
        self.headers = {"content-type": "application/json"}
        if login:
            body, headers = self.ask("POST", "/api/v1/session", {"login": login})
            cookie = http.cookies.SimpleCookie("; ".join(one.split(";")[0] for one in headers.get_all("set-cookie")))
            self.headers |= {"cookie": f"gk_session={cookie['gk_session'].value}", "x-csrf-token": body["csrf"]}

    def ask(self, method, path, body=None):
        self.http.request(method, path, json.dumps(body) if body is not None else None, self.headers)
        answer = self.http.getresponse()
        content = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:300]}")
        if "json" in answer.headers.get("content-type", ""):
            content = json.loads(content)
        return content, answer.headers

    def median_ms(self, path, times=20):
        for _ in range(3):
            self.ask("GET", path)
        taken = []
        for _ in range(times):
            began = time.perf_counter()
            self.ask("GET", path)
            taken.append((time.perf_counter() - began) * 1000)
        return statistics.median(taken), max(taken)


def instant(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(seconds))


def rows(template, columns, compounds, categories, count):
    """Issues of two years: clusters around some compounds, four in five closed, one in ten without a point."""
    draw = random.Random(7)
    at = {name: i for i, name in enumerate(columns)}
    flow = json.loads(template[at["flow"]])
    now = int(time.time())
    weights = [draw.lognormvariate(0, 1) for _ in compounds]
    chosen = draw.choices(compounds, weights, k=count)
    for number, compound in enumerate(chosen):
        row = list(template)
        reported = now - int(draw.random() * 730 * DAY_S)
        due = reported + 5 * DAY_S
        closed = reported + int(draw.expovariate(1 / (3 * DAY_S)))
        is_closed = closed < now and draw.random() < 0.8
        identity = uuid.UUID(int=draw.getrandbits(128), version=4)
        flow |= {"issue": str(identity), "since": instant(reported), "reported_at": instant(reported),
                 "state": "closed" if is_closed else "reported", "closed_at": instant(closed) if is_closed else None}
        point = draw.random() < 0.9
        lon, lat = (c + draw.gauss(0, 0.0006) for c in compound["at"])
        place = {"kind": "point", "lon": lon, "lat": lat} if point else {"kind": "compound", "compound": str(uuid.UUID(bytes=compound["id"]))}
        change = {
            "id": identity.bytes, "code": f"B{number:07}", "lookup": f"B{number:07}", "category": draw.choice(categories),
            "state": flow["state"], "place": json.dumps(place), "region": compound["region"], "compound_id": compound["id"],
            "building_id": None, "grid_id": None, "area_id": None, "keeper_id": None, "plan_id": None, "plan_version": None,
            "reported_at": instant(reported), "due_at": instant(due), "acknowledge_due_at": instant(reported + DAY_S),
            "closed_at": instant(closed) if is_closed else None, "first_closed_at": instant(closed) if is_closed else None,
            "flow": json.dumps(flow), "request_key": None, "external_id": None, "geom": (lon, lat) if point else None,
        }
        for name, value in change.items():
            row[at[name]] = value
        yield row


def fill_gpkg(db, count):
    base = sqlite3.connect(db.removeprefix("gpkg:"), isolation_level=None)
    columns = [name for _, name, *_ in base.execute("PRAGMA table_info(issue)") if name != "fid"]
    names = ", ".join(columns)
    template = base.execute(f"SELECT {names} FROM issue LIMIT 1").fetchone()
    compounds = [{"id": i, "region": r, "at": (x, y)} for i, r, x, y in base.execute(
        "SELECT c.id, c.community, (b.minx + b.maxx) / 2, (b.miny + b.maxy) / 2 FROM compound c JOIN rtree_compound_geom b ON b.id = c.fid")]
    categories = [code for (code,) in base.execute("SELECT DISTINCT category FROM issue")] or [template[columns.index("category")]]
    base.execute("BEGIN")
    insert = f"INSERT INTO issue ({names}) VALUES ({', '.join('?' * len(columns))})"
    geom = columns.index("geom")

    def stored():
        for row in rows(template, columns, compounds, categories, count):
            # Points are read from `place`; QGIS alone wants a geometry.
            row[geom] = None
            yield row
    base.executemany(insert, stored())
    base.execute("COMMIT")
    base.close()


def fill_postgis(db, count):
    import csv

    def query(sql):
        out = subprocess.run(["psql", "-qAt", "-F", "\t", db, "-c", sql], stdout=subprocess.PIPE, check=True).stdout.decode()
        return [line.split("\t") for line in out.splitlines()]
    columns = [name for (name,) in query("SELECT column_name FROM information_schema.columns WHERE table_name = 'issue' ORDER BY ordinal_position")]
    path = f"/tmp/bench-issue-{os.getpid()}.csv"
    one = subprocess.run(["psql", "-q", db, "-c", f"COPY (SELECT {', '.join(columns)} FROM issue LIMIT 1) TO STDOUT CSV"], stdout=subprocess.PIPE, check=True)
    template = [value or None for value in next(csv.reader([one.stdout.decode()]))]
    compounds = [{"id": uuid.UUID(i).bytes, "region": r, "at": (float(x), float(y))} for i, r, x, y in query(
        "SELECT id, community, ST_X(ST_Centroid(geom)), ST_Y(ST_Centroid(geom)) FROM compound WHERE geom IS NOT NULL")]
    categories = [code for (code,) in query("SELECT DISTINCT category FROM issue")]
    at = {name: i for i, name in enumerate(columns)}
    with open(path, "w", newline="") as out:
        writer = csv.writer(out)
        for row in rows(template, columns, compounds, categories, count):
            for name in ("id", "compound_id"):
                row[at[name]] = str(uuid.UUID(bytes=row[at[name]]))
            point = row[at["geom"]]
            row[at["geom"]] = f"SRID=4326;POINT({point[0]} {point[1]})" if point else None
            writer.writerow(["" if value is None else value for value in row])
    subprocess.run(["psql", "-q", db, "-c", f"\\copy issue ({', '.join(columns)}) FROM '{path}' CSV"], check=True)
    os.remove(path)


def snap_to_grid_ms(db):
    """The same heat grid in the database, warm, one worker."""
    sql = "SET max_parallel_workers_per_gather = 0; EXPLAIN (ANALYZE, TIMING OFF) SELECT count(*), ST_SnapToGrid(geom, 0.002) FROM issue WHERE geom IS NOT NULL GROUP BY 2"
    taken = []
    for _ in range(3):
        out = subprocess.run(["psql", "-qAt", db, "-c", sql], stdout=subprocess.PIPE, check=True).stdout.decode()
        taken.append(float(next(line for line in out.splitlines() if line.startswith("Execution Time")).split()[2]))
    return min(taken)


SLOW_SYNC = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
int fdatasync(int fd) { usleep(%(us)d); return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd); }
int fsync(int fd) { usleep(%(us)d); return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd); }
"""


def slow_sync(folder, ms):
    """A library to load before a program, that makes each sync take so long: many a virtual disk does not sync at all,
    and there is nothing for a group commit to save. An office disk takes 2 to 10 ms."""
    source, library = pathlib.Path(folder) / "slow.c", pathlib.Path(folder) / "slow.so"
    source.write_text(SLOW_SYNC % {"us": ms * 1000})
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return str(library)


def fdatasync_rate(folder, seconds=3):
    """Single durable commits a second: a page written and synced, again and again."""
    with open(pathlib.Path(folder) / "sync", "wb") as file:
        began, n = time.perf_counter(), 0
        while time.perf_counter() - began < seconds:
            file.write(b"x" * 4096)
            file.flush()
            os.fdatasync(file.fileno())
            n += 1
        return n / (time.perf_counter() - began)


def acknowledged_rate(url, body, seconds=5):
    """Reports acknowledged a second, by many people at once."""
    secretary = Browser(url, "community-secretary")

    def person(_):
        # One session on many connections: signing in so often at once is slowed down, as it should be.
        browser = Browser(url)
        browser.headers = secretary.headers
        n, until = 0, time.perf_counter() + seconds
        while time.perf_counter() < until:
            browser.ask("POST", "/api/v1/issues", body)
            n += 1
        return n
    with concurrent.futures.ThreadPoolExecutor(PEOPLE) as pool:
        return sum(pool.map(person, range(PEOPLE))) / seconds


def measure(row, kind, db, server_of, folder):
    server = server_of(db)
    leader = Browser(server.url, "street-leader")
    report = first_report(Browser(server.url, "community-secretary"))
    server.stop()
    began = time.time()
    (fill_gpkg if kind == "GeoPackage" else fill_postgis)(db, ISSUES)
    row(f"{ISSUES:,} issues written by the bench, {kind}", f"{time.time() - began:.0f} s")
    server = server_of(db)
    row(f"server ready with them, {kind}", f"{server.ready_s:.2f} s, {server.rss_mb:.0f} MB")
    planner = Browser(server.url, "planner")
    leader = Browser(server.url, "grid-admin")
    month = time.strftime("%Y-%m-%d", time.localtime(time.time() - 30 * DAY_S))
    year = time.strftime("%Y-%m-%d", time.localtime(time.time() - 365 * DAY_S))
    views = {
        "rates by compound, 30 days": f"/api/v1/issues:heat?from={month}",
        "rates by compound, a year": f"/api/v1/issues:heat?from={year}",
        "rates by community, a year, overdue": f"/api/v1/issues:heat?from={year}&by=community&overdue=1",
        "hexagons, a year": f"/api/v1/issues:heat?from={year}&by=h3",
        "summary, a year": f"/api/v1/issues:summary?from={year}",
        "density legend, a year": f"/api/v1/issues:density?from={year}",
    }
    for name, path in views.items():
        median, worst = planner.median_ms(path)
        row(f"{name}, {kind}", f"median {median:.1f} ms, worst {worst:.0f}", "≤ 100 ms")
    median, worst = leader.median_ms("/api/v1/issues?limit=50&state=open&sort=due&order=asc")
    row(f"a page of the list, {kind}", f"median {median:.1f} ms, worst {worst:.0f}", "≤ 100 ms")
    if kind == "PostGIS":
        row("the grid by ST_SnapToGrid", f"{snap_to_grid_ms(db):.0f} ms", "≥ 50 × ours (part heat)")
    single = fdatasync_rate(folder)
    many = acknowledged_rate(server.url, report)
    row(f"reports acknowledged, {PEOPLE} people, {kind}", f"{many:.0f}/s = {many / single:.1f} × {single:.0f} fdatasync/s", "≥ 3 ×")
    server.stop()
    if kind == "GeoPackage":
        library = slow_sync(folder, SLOW_MS)
        command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(HERE)!r}); import bench_issues; print(bench_issues.fdatasync_rate({str(folder)!r}))"]
        single = float(subprocess.run(command, env=os.environ | {"LD_PRELOAD": library}, stdout=subprocess.PIPE, check=True).stdout)
        server = server_of(db, {"LD_PRELOAD": library})
        many = acknowledged_rate(server.url, report)
        row(f"the same on a disk that takes {SLOW_MS} ms to sync", f"{many:.0f}/s = {many / single:.1f} × {single:.0f} fdatasync/s", "≥ 3 ×")
        server.stop()


def first_report(secretary):
    """What the community secretary of the demo can report; one is, as the pattern of the others."""
    compounds, _ = secretary.ask("GET", "/api/v1/compounds?limit=200")
    categories, _ = secretary.ask("GET", "/api/v1/issue-categories")
    plain = next(item["code"] for item in categories["items"] if item.get("parent") and not item.get("questions"))
    for compound in compounds["items"]:
        body = {"category": plain, "black_text": "示例：量测", "place": {"kind": "compound", "compound": compound["id"]}}
        try:
            secretary.ask("POST", "/api/v1/issues", body)
            return body
        except RuntimeError:
            continue
    raise RuntimeError("the secretary may report nowhere")
