"""Vector search compared with peers: the same vectors, single queries for ten neighbours, one thread, alternating.

    python3 benches/peers/search.py <folder> <kind> <our program>

`cargo bench --bench search -- peers` writes the folder and calls this. The peers are installed once, by pip, into a
virtual environment in the target folder. Each peer uses the cheapest setting that reaches RECALL against the exact
neighbours in f32, or its most expensive one; from LARGE vectors on the only peer is usearch over int8, which must
reach RECALL_LARGE. The overhead of a call from Python is measured on an index of twenty vectors and subtracted. A
ratio is the peer's median over ours, both the medians of the rounds' medians.
"""

import os
import subprocess
import sys
import time

PEERS = ["numpy", "hnswlib", "usearch", "sqlite-vec", "apsw", "faiss-cpu"]
RECALL = 0.995
LARGE = 500_000
RECALL_LARGE = 0.99
ROUNDS = 7
K = 10
EFFORTS = [10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024]

for variable in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"]:
    os.environ[variable] = "1"


def reexec():
    """Restarts this file in the environment that has the peers."""
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    venv = os.path.join(os.environ.get("CARGO_TARGET_DIR", os.path.join(root, "target")), "peers", "venv")
    python = os.path.join(venv, "bin", "python3")
    if os.path.abspath(sys.prefix) == os.path.abspath(venv):
        return
    if not os.path.exists(python):
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PEERS], check=True)
    os.execv(python, [python, os.path.abspath(__file__), *sys.argv[1:]])


reexec()

import apsw  # noqa: E402
import faiss  # noqa: E402
import hnswlib  # noqa: E402
import numpy as np  # noqa: E402
import sqlite_vec  # noqa: E402
import usearch.index  # noqa: E402

faiss.omp_set_num_threads(1)


class Hnswlib:
    name = "hnswlib"

    def __init__(self, rows):
        self.index = hnswlib.Index(space="ip", dim=rows.shape[1])
        self.index.init_index(max_elements=len(rows), ef_construction=200, M=16)
        self.index.add_items(rows, num_threads=2)
        self.index.set_num_threads(1)

    def effort(self, effort):
        self.index.set_ef(effort)

    def find(self, query):
        return self.index.knn_query(query, k=K, num_threads=1)[0][0]


class Faiss:
    name = "faiss_hnsw"

    def __init__(self, rows):
        faiss.omp_set_num_threads(2)
        self.index = faiss.IndexHNSWFlat(rows.shape[1], 16, faiss.METRIC_INNER_PRODUCT)
        self.index.hnsw.efConstruction = 200
        self.index.add(rows)
        faiss.omp_set_num_threads(1)

    def effort(self, effort):
        self.index.hnsw.efSearch = effort

    def find(self, query):
        return self.index.search(query[None], K)[1][0]


class UsearchF32:
    name = "usearch_f32"

    def __init__(self, rows):
        self.index = usearch.index.Index(
            ndim=rows.shape[1], metric="ip", dtype="f32", connectivity=16, expansion_add=200
        )
        self.index.add(np.arange(len(rows)), rows, threads=2)

    def effort(self, effort):
        self.index.expansion_search = effort

    def find(self, query):
        return self.index.search(query, K, threads=1).keys


class UsearchI8:
    """Int8 scaled to the largest value of each vector: usearch's own conversion does not reach a recall of .99."""

    name = "usearch_i8"

    def __init__(self, rows):
        self.index = usearch.index.Index(
            ndim=rows.shape[1], metric="cos", dtype="i8", connectivity=16, expansion_add=128
        )
        for at in range(0, len(rows), 10_000):
            part = rows[at : at + 10_000]
            self.index.add(np.arange(at, at + len(part)), self.codes(part), threads=2)

    @staticmethod
    def codes(vectors):
        return np.round(vectors * (127 / np.abs(vectors).max(axis=-1, keepdims=True))).astype(np.int8)

    def effort(self, effort):
        self.index.expansion_search = effort

    def find(self, query):
        return self.index.search(self.codes(query), K, threads=1).keys


class SqliteVec:
    name = "sqlite_vec"
    efforts = [None]
    few = 9

    def __init__(self, rows):
        # Python's own module is often built without extensions.
        self.base = apsw.Connection(":memory:")
        self.base.enable_load_extension(True)
        self.base.load_extension(sqlite_vec.loadable_path())
        self.base.execute(f"create virtual table v using vec0(e float[{rows.shape[1]}])")
        entries = ((at, row.tobytes()) for at, row in enumerate(rows))
        with self.base:
            self.base.executemany("insert into v(rowid, e) values (?, ?)", entries)

    def effort(self, effort):
        pass

    def find(self, query):
        # For unit vectors, the order by distance is that by cosine.
        found = self.base.execute(
            "select rowid from v where e match ? order by distance limit 10", (query.tobytes(),)
        )
        return [row[0] for row in found]


class Ours:
    name = "ours"

    def __init__(self, program, folder):
        self.process = subprocess.Popen(
            [program, "serve", folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.about = self.process.stdout.readline().strip()

    def ask(self, what):
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().split()


def recall(found, truth):
    return np.mean([len(set(map(int, f)) & set(t)) / K for f, t in zip(found, truth)])


def times(peer, queries):
    spent = []
    for query in queries:
        start = time.perf_counter()
        peer.find(query)
        spent.append((time.perf_counter() - start) * 1e6)
    return float(np.median(spent))


def exact(rows, queries):
    return [list(np.argpartition(-s, K)[:K]) for s in queries @ rows.T]


def main():
    folder, kind, program = sys.argv[1:4]
    queries = np.fromfile(os.path.join(folder, "queries.f32"), np.float32).reshape(-1, 384)
    rows = np.fromfile(os.path.join(folder, "rows.f32"), np.float32).reshape(-1, 384)
    truth = exact(rows, queries)
    # The result of an exact search over int8 rows: the best that one byte per value allows.
    peak = np.abs(rows).max(axis=1, keepdims=True)
    codes = np.round(rows * 127 / peak)
    codes /= np.linalg.norm(codes, axis=1, keepdims=True)
    truth8 = exact(codes, queries)
    del codes
    size = f"{len(rows) // 1000}k" if len(rows) < 1_000_000 else f"{len(rows) // 1_000_000}m"

    ours = Ours(program, folder)
    found = np.array(ours.ask("ask"), dtype=np.int64).reshape(-1, K)
    print(f"ours, {kind} {size}: tier, seconds to build, bytes per item: {ours.about}")
    print(f"figure search_recall_{kind}_{size} {recall(found, truth):.4f} share")
    print(f"figure search_recall_of_int8_{kind}_{size} {recall(found, truth8):.4f} share")

    peers = []
    large = len(rows) >= LARGE
    least = RECALL_LARGE if large else RECALL
    for make in [UsearchI8] if large else [Hnswlib, Faiss, UsearchF32, SqliteVec]:
        peer = make(rows)
        for effort in getattr(make, "efforts", EFFORTS):
            peer.effort(effort)
            few = getattr(make, "few", len(queries))
            reached = recall([peer.find(query) for query in queries[:few]], truth[:few])
            if reached >= least:
                break
        peer.few = few
        small = make(rows[:20])
        small.effort(effort)
        peer.overhead = times(small, queries) if make is not SqliteVec else 0.0
        print(f"{peer.name}: effort {effort}, recall {reached:.4f}, call {peer.overhead:.1f} us", flush=True)
        print(f"figure search_recall_{peer.name}_{kind}_{size} {reached:.4f} share")
        peers.append(peer)

    mine, theirs = [], {peer.name: [] for peer in peers}
    for peer in peers:
        times(peer, queries[: peer.few])
    for _ in range(ROUNDS):
        for peer in peers:
            mine.append(float(np.median(np.array(ours.ask("run"), dtype=float))))
            theirs[peer.name].append(times(peer, queries[: peer.few]) - peer.overhead)
    own = float(np.median(mine))
    print(f"figure search_{kind}_{size}_us {own:.1f} us")
    for peer in peers:
        other = float(np.median(theirs[peer.name]))
        print(f"figure search_{peer.name}_{kind}_{size}_us {other:.1f} us")
        print(f"figure search_vs_{peer.name}_{kind}_{size} {other / own:.2f} ratio", flush=True)


main()
