"""A peer's side of bench.graph, run by the peers' own Python: `peer_graph.py PEER TASK FILE [RESULT]` prints JSON.

`kernel` ranks edges that lie in an array; `whole` goes from the store's file to scores in a table of it. Each peer is
used as its documentation shows for a graph of this size, and asked for the same: damping 0.85, dangling mass spread
evenly, an L1 change of 1e-9. igraph's PRPACK has its own, tighter stop test.
"""

import json
import sqlite3
import sys
import time

import numpy as np

DAMPING = 0.85
L1_CHANGE = 1e-9


class Igraph:
    def build(self, count, source, target):
        import igraph

        self.graph = igraph.Graph(n=count, edges=np.column_stack((source, target)), directed=True)

    def rank(self):
        return np.array(self.graph.pagerank(damping=DAMPING))


class Networkit:
    def build(self, count, source, target):
        import networkit

        ends = (source.astype(np.uint64), target.astype(np.uint64))
        self.graph = networkit.GraphFromCoo(ends, n=count, directed=True)

    def rank(self):
        from networkit.centrality import Norm, PageRank, SinkHandling

        pagerank = PageRank(self.graph, damp=DAMPING, tol=L1_CHANGE, distributeSinks=SinkHandling.DistributeSinks)
        pagerank.norm = Norm.L1_NORM if hasattr(Norm, "L1_NORM") else Norm.L1Norm
        pagerank.run()
        return np.array(pagerank.scores())


class Rustworkx:
    def build(self, count, source, target):
        import rustworkx

        self.count = count
        self.graph = rustworkx.PyDiGraph()
        self.graph.add_nodes_from(range(count))
        self.graph.add_edges_from_no_data(list(zip(source.tolist(), target.tolist(), strict=True)))

    def rank(self):
        import rustworkx

        scores = rustworkx.pagerank(self.graph, alpha=DAMPING, tol=L1_CHANGE / self.count, max_iter=1_000)
        return np.array([scores[node] for node in range(self.count)])


class Graphblas:
    """Power iteration by hand, as in the LAGraph textbook's algorithm: the library has no PageRank of its own."""

    def build(self, count, source, target):
        import graphblas

        graphblas.init("suitesparse", blocking=False)
        self.count = count
        ends = (source.astype(np.uint64), target.astype(np.uint64))
        self.graph = graphblas.Matrix.from_coo(*ends, 1.0, nrows=count, ncols=count)

    def rank(self):
        from graphblas import Vector, binary, monoid, semiring

        nodes, degrees = self.graph.reduce_rowwise(monoid.plus).new().to_coo()
        share = Vector.from_coo(nodes, DAMPING / degrees, size=self.count)
        scores = Vector.from_scalar(1 / self.count, self.count)
        change = 1.0
        while change >= L1_CHANGE:
            passed = scores.ewise_mult(share, binary.times).new().vxm(self.graph, semiring.plus_first).new()
            rest = (1 - passed.reduce(monoid.plus).get(0.0)) / self.count
            after = Vector.from_scalar(rest, self.count)
            after(accum=binary.plus) << passed
            change = abs(after.to_coo()[1] - scores.to_coo()[1]).sum()
            scores = after
        return scores.to_coo()[1]


class Scipy:
    """Power iteration on a compressed matrix, which is what networkx does once it has one."""

    def build(self, count, source, target):
        from scipy import sparse

        self.count = count
        self.graph = sparse.csr_array((np.ones(len(source)), (target, source)), shape=(count, count))
        self.degrees = np.bincount(source, minlength=count)

    def rank(self):
        share = np.divide(DAMPING, self.degrees, out=np.zeros(self.count), where=self.degrees > 0)
        scores = np.full(self.count, 1 / self.count)
        change = 1.0
        while change >= L1_CHANGE:
            passed = self.graph @ (scores * share)
            after = passed + (1 - passed.sum()) / self.count
            change = np.abs(after - scores).sum()
            scores = after
        return scores


PEERS = {"igraph": Igraph, "networkit": Networkit, "rustworkx": Rustworkx, "graphblas": Graphblas, "scipy": Scipy}


def timed(work):
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    return result, {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}


def kernel(peer, file, result):
    edges = np.load(file)
    source, target = edges["source"], edges["target"]
    count = int(max(source.max(), target.max())) + 1
    _, building = timed(lambda: peer.build(count, source, target))
    scores, ranking = timed(peer.rank)
    np.save(result, scores)
    return {"build": building, "rank": ranking}


def read(store):
    rows = store.execute("SELECT source, target FROM domain_edge WHERE source <> target AND followed_links > 0")
    parts = []
    while part := rows.fetchmany(100_000):
        parts.append(np.array(part, np.int64))
    return np.concatenate(parts)


def whole(peer, file, _):
    store = sqlite3.connect(file, isolation_level=None)
    ids = np.array(store.execute("SELECT id FROM domain ORDER BY id").fetchall(), np.int64)[:, 0]
    edges = np.searchsorted(ids, read(store))
    peer.build(len(ids), edges[:, 0].astype(np.int32), edges[:, 1].astype(np.int32))
    scores = peer.rank()
    logarithm = np.log(scores)
    authority = 100 * (logarithm - logarithm.min()) / (logarithm.max() - logarithm.min())
    rank = np.empty(len(ids), np.int64)
    rank[np.argsort(-scores)] = np.arange(1, len(ids) + 1)
    store.execute("BEGIN")
    store.execute("CREATE TABLE peer_score (id INTEGER PRIMARY KEY, pagerank REAL, authority REAL, rank INTEGER)")
    rows = zip(ids.tolist(), scores.tolist(), authority.tolist(), rank.tolist(), strict=True)
    store.executemany("INSERT INTO peer_score VALUES (?, ?, ?, ?)", rows)
    store.execute("COMMIT")
    store.close()
    return {}


if __name__ == "__main__":
    name, task, *files = sys.argv[1:]
    print(json.dumps({"kernel": kernel, "whole": whole}[task](PEERS[name](), *files, *[""][len(files) - 1 :])))
